package io.berth.storage.hdfs;

import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.Access;
import io.berth.storage.RunScope;
import io.berth.storage.Setting;
import io.berth.storage.Settings;
import io.berth.storage.Storage;
import io.berth.storage.StorageBackend;
import io.berth.storage.StorageUnavailable;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A NameNode and a DataNode that this run starts on this machine: Hadoop's own, in processes of their own. Their data end
 * with the run.
 */
public final class EmbeddedHdfsBackend implements StorageBackend {
    /** What HDFS clients sleep before they ask again whether a file's last block has been reported; Hadoop's default. */
    private static final int LOCATE_DELAY_MILLIS = 400;

    @Override
    public String name() {
        return "hdfs-embedded";
    }

    @Override
    public String description() {
        return "a NameNode and a DataNode of this run's own, on this machine";
    }

    @Override
    public List<Setting> settings() {
        return List.of(
                Setting.required(
                        "directory",
                        Setting.Kind.TEXT,
                        "where the servers keep what they store while the run lasts; ~/ is the home directory"),
                Setting.optional(
                        "port",
                        Setting.Kind.NUMBER,
                        "where the NameNode serves, on the loopback interface; a free one if absent"),
                Setting.optional(
                        "locateFollowingBlockDelayMillis",
                        Setting.Kind.NUMBER,
                        "dfs.client.block.write.locateFollowingBlock.initial.delay.ms, which dominates the time of small"
                                + " files; Hadoop's default of 400 if absent"));
    }

    @Override
    public Set<Role> roles() {
        return EnumSet.of(Role.DATA, Role.CHECKPOINT);
    }

    @Override
    public Storage open(StorageProfile profile, RunScope run) {
        Settings settings = Settings.of(profile);
        Path directory = settings.path("directory").orElseThrow().resolve(run.run());
        // Servers and applications act as one user, whatever HADOOP_USER_NAME says where berth was started.
        Map<String, String> environment = Map.of("HADOOP_USER_NAME", System.getProperty("user.name"));
        EmbeddedCluster cluster = EmbeddedCluster.start(
                profile.name(), run, directory, settings.number("port").orElse(0), environment);
        try {
            return new HdfsStorage(
                    cluster,
                    "/berth",
                    run,
                    new Access(
                            Map.of(
                                    "spark.hadoop.dfs.replication",
                                    "1",
                                    "spark.hadoop.dfs.client.block.write.locateFollowingBlock.initial.delay.ms",
                                    String.valueOf(settings.number("locateFollowingBlockDelayMillis")
                                            .orElse(LOCATE_DELAY_MILLIS))),
                            environment,
                            List.of()));
        } catch (RuntimeException e) {
            try {
                cluster.release("");
            } catch (StorageUnavailable further) {
                e.addSuppressed(further);
            }
            throw e;
        }
    }
}
