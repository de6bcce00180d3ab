package io.berth.workloads;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.berth.model.mount.Mountinfo;
import io.berth.model.plan.TrialSpec;
import io.berth.model.records.RecordLine;
import io.berth.model.results.MountFact;
import io.berth.model.suite.Role;
import io.berth.model.text.Formats;
import io.berth.workloads.Failures.StorageUnfit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.jspecify.annotations.Nullable;

/**
 * Has every executor prove its mounts before it runs a task, those that come late, too. What they find is recorded; an
 * executor whose mount isn't the expected one fails the trial.
 */
public final class MountProof implements SparkPlugin {
    private static final String SPEC = "spec";

    /** Spark makes the plugin itself, so what it belongs to has to wait for it here. One process runs one trial at a time. */
    private static volatile @Nullable Trial current;

    /** For Spark. */
    public MountProof() {}

    /** What the executors of one trial have found. */
    static final class Trial implements AutoCloseable {
        private final TrialSpec spec;
        private final Consumer<RecordLine> records;
        private volatile @Nullable String defect;
        private boolean warned;

        Trial(TrialSpec spec, Consumer<RecordLine> records) {
            this.spec = spec;
            this.records = records;
            current = this;
        }

        /**
         * Refuses to go on if an executor has found another mount than it should.
         *
         * @throws StorageUnfit naming the first such executor and what it found
         */
        void require() {
            defect().ifPresent(found -> {
                throw new StorageUnfit(found);
            });
        }

        /** What the first such executor has found. */
        Optional<String> defect() {
            return Optional.ofNullable(defect);
        }

        private synchronized void seen(Seen seen) {
            seen.facts().forEach(fact -> records.accept(new RecordLine.MountSeen(fact)));
            seen.nonce().ifPresent(records);
            if (defect == null) {
                defect = seen.defect().orElse(null);
            }
            warnOfScratch(seen.facts());
        }

        /** Once: where one executor has its scratch space elsewhere, the others do, too. */
        private void warnOfScratch(List<MountFact> facts) {
            List<MountFact> scratch = facts.stream()
                    .filter(fact -> fact.role().equals(Role.SCRATCH.label()))
                    .toList();
            Optional<String> elsewhere = Mounts.scratchElsewhere(spec.roles(), scratch);
            if (!warned && elsewhere.isPresent()) {
                warned = true;
                records.accept(new RecordLine.Warned("scratch-elsewhere", elsewhere.get()));
            }
        }

        /** Records where the driver keeps its shuffle files and spills, which it knows when it has a Spark context. */
        synchronized void scratchOfDriver() throws IOException {
            List<MountFact> facts = new Mounts(Mountinfo.self()).ofScratch(spec.roles(), "driver", localDirectories());
            facts.forEach(fact -> records.accept(new RecordLine.MountSeen(fact)));
            warnOfScratch(facts);
        }

        @Override
        public void close() {
            current = null;
        }
    }

    /**
     * An executor's message.
     *
     * @param facts  its mounts
     * @param nonce  what it left on the storage
     * @param defect what is wrong with either, for people
     */
    private record Seen(List<MountFact> facts, Optional<RecordLine.NonceLeft> nonce, Optional<String> defect) {}

    @Override
    public DriverPlugin driverPlugin() {
        return new DriverPlugin() {
            @Override
            public Map<String, String> init(SparkContext context, PluginContext plugin) {
                Trial trial = current;
                return trial == null ? Map.of() : Map.of(SPEC, json(trial.spec));
            }

            @Override
            public Object receive(Object message) {
                Trial trial = current;
                if (trial != null) {
                    trial.seen(parse((String) message, Seen.class));
                }
                return "";
            }
        };
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new ExecutorPlugin() {
            @Override
            public void init(PluginContext plugin, Map<String, String> told) {
                String spec = told.get(SPEC);
                // On a local master the driver is the executor, and has proven its mounts already.
                if (spec == null || plugin.executorID().equals("driver")) {
                    return;
                }
                Seen seen = look(parse(spec, TrialSpec.class), "executor " + plugin.executorID(), plugin.conf());
                try {
                    // Waits for the answer, so that the driver knows before the first task runs here.
                    plugin.ask(json(seen));
                } catch (Exception e) {
                    throw new IllegalStateException("the driver could not be told about mounts", e);
                }
            }
        };
    }

    private static Seen look(TrialSpec spec, String process, SparkConf conf) {
        try {
            Mounts mounts = new Mounts(Mountinfo.self());
            List<MountFact> facts = new ArrayList<>(mounts.of(spec.roles(), process));
            facts.addAll(mounts.ofScratch(spec.roles(), process, localDirectories()));
            try {
                mounts.prove(spec);
                return leave(spec, process, conf, facts);
            } catch (StorageUnfit e) {
                return new Seen(facts, Optional.empty(), Optional.of(process + ": " + e.getMessage()));
            }
        } catch (IOException | StorageUnfit e) {
            return new Seen(
                    List.of(),
                    Optional.empty(),
                    Optional.of("%s: its mounts can't be read (%s)".formatted(process, e)));
        }
    }

    /** Where Spark keeps shuffle files and spills of this process; several things besides its settings decide that. */
    private static List<Path> localDirectories() {
        return Stream.of(SparkEnv.get().blockManager().diskBlockManager().localDirs())
                .map(directory -> directory.toPath().toAbsolutePath())
                .toList();
    }

    private static Seen leave(TrialSpec spec, String process, SparkConf conf, List<MountFact> facts) {
        if (spec.proofUri().isEmpty()) {
            return new Seen(facts, Optional.empty(), Optional.empty());
        }
        String place = spec.proofUri().get();
        try {
            RecordLine.NonceLeft nonce =
                    Nonces.leave(place, process, SparkHadoopUtil.get().newConfiguration(conf));
            return new Seen(facts, Optional.of(nonce), Optional.empty());
        } catch (IOException e) {
            return new Seen(
                    facts, Optional.empty(), Optional.of("%s can't write to %s (%s)".formatted(process, place, e)));
        }
    }

    private static String json(Object value) {
        try {
            return Formats.json().writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T parse(String json, Class<T> type) {
        try {
            return Formats.json().readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
