package io.berth.workloads;

import io.berth.model.plan.TrialSpec;
import io.berth.model.records.RecordLine;
import io.berth.model.results.DataSetFact;
import io.berth.model.suite.Role;
import io.berth.model.text.BadInput;
import java.io.IOException;
import java.util.function.Consumer;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** What a workload may use: the session, its parameters, the places it may write to, and a way to tell about itself. */
public final class TrialContext {
    private final TrialSpec spec;
    private final SparkSession spark;
    private final Consumer<RecordLine> records;
    private final Parameters parameters;

    TrialContext(TrialSpec spec, SparkSession spark, Consumer<RecordLine> records) {
        this.spec = spec;
        this.spark = spark;
        this.records = records;
        this.parameters = new Parameters(spec.parameters());
    }

    public SparkSession spark() {
        return spark;
    }

    public Parameters parameters() {
        return parameters;
    }

    /** Where data sets are that outlive the trial: the directory of the data role. It may not exist yet. */
    public Path data() {
        return role(Role.DATA);
    }

    /** A directory of this trial's own on the checkpoint role, removed when the application ends. */
    public Path checkpoint() {
        return new Path(role(Role.CHECKPOINT), spec.trial());
    }

    /**
     * The file system of a place.
     *
     * @throws IOException if it can't be reached
     */
    public FileSystem fileSystem(Path place) throws IOException {
        return place.getFileSystem(spark.sparkContext().hadoopConfiguration());
    }

    /** Records that a data set is in place. */
    public void dataSetReady(DataSetFact dataSet) {
        records.accept(new RecordLine.DataSetReady(dataSet));
    }

    /** Records something that a reader must know; the code is documented in docs/biases.md. */
    public void warn(String code, String message) {
        records.accept(new RecordLine.Warned(code, message));
    }

    boolean has(Role role) {
        return spec.roles().containsKey(role);
    }

    private Path role(Role role) {
        String uri = spec.roles().get(role);
        if (uri == null) {
            throw new BadInput("trial %s has no place for role %s; add it to the roles of the workload's definition"
                    .formatted(spec.trial(), role.label()));
        }
        return new Path(uri);
    }
}
