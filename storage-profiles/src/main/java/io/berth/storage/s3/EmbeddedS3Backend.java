package io.berth.storage.s3;

import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import io.berth.storage.Access;
import io.berth.storage.RunScope;
import io.berth.storage.Setting;
import io.berth.storage.Settings;
import io.berth.storage.Storage;
import io.berth.storage.StorageBackend;
import io.berth.storage.StorageUnavailable;
import io.berth.storage.server.Server;
import io.berth.storage.server.ServerCommand;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An S3 server that this run starts on this machine, in a process of its own. Its objects are in that process' memory and end
 * with the run. Its credentials are random and travel by environment only.
 */
public final class EmbeddedS3Backend implements StorageBackend {
    private static final String BUCKET = "berth";
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int HEAP_MIB = 1024;

    @Override
    public String name() {
        return "s3-embedded";
    }

    @Override
    public String description() {
        return "an S3 server of this run's own, on this machine";
    }

    @Override
    public List<Setting> settings() {
        return List.of(
                Setting.optional(
                        "heapMiB",
                        Setting.Kind.NUMBER,
                        "the server's heap, which holds all objects; %d if absent".formatted(HEAP_MIB)),
                Setting.optional(
                        "port",
                        Setting.Kind.NUMBER,
                        "where it serves, on the loopback interface; a free one if absent"));
    }

    @Override
    public Set<Role> roles() {
        return EnumSet.of(Role.DATA, Role.CHECKPOINT);
    }

    @Override
    public boolean outlivesTheRun(StorageProfile profile) {
        return false;
    }

    @Override
    public Storage open(StorageProfile profile, RunScope run) {
        if (run.remote()) {
            throw new StorageUnavailable(
                    "profile \"%s\": the executors of a standalone cluster would learn the credentials of an S3 server of the run's own by Spark's settings, where others can read them; use backend s3-external with credentials: file, or no --master"
                            .formatted(profile.name()));
        }
        Settings settings = Settings.of(profile);
        SecureRandom random = new SecureRandom();
        String accessKey = "BERTH" + hex(random, 8).toUpperCase(Locale.ROOT);
        String secretKey = hex(random, 20);
        Server server = Server.start(new ServerCommand(
                "profile \"%s\": its S3 server".formatted(profile.name()),
                "s3",
                "io.berth.server.s3.S3Server",
                List.of(BUCKET, String.valueOf(settings.number("port").orElse(0))),
                settings.number("heapMiB").orElse(HEAP_MIB),
                Map.of("BERTH_S3_ACCESS_KEY", accessKey, "BERTH_S3_SECRET_KEY", secretKey),
                run.logs().resolve(profile.name() + "-s3.log"),
                PATIENCE));
        S3Location location = new S3Location(
                Optional.of(URI.create("http://127.0.0.1:" + server.port("port"))), "us-east-1", BUCKET, true);
        S3Credentials credentials = S3Credentials.of(accessKey, secretKey);
        S3Bucket bucket = new S3Bucket(profile.name(), location, credentials, Optional.empty(), Optional.empty());
        try {
            return new S3Storage(
                    bucket,
                    BUCKET,
                    "",
                    run,
                    new Access(location.sparkConf(credentials.className()), credentials.environment(), List.of()),
                    server::requireAlive,
                    server::close);
        } catch (RuntimeException e) {
            bucket.close();
            server.close();
            throw e;
        }
    }

    private static String hex(SecureRandom random, int bytes) {
        byte[] drawn = new byte[bytes];
        random.nextBytes(drawn);
        return HexFormat.of().formatHex(drawn);
    }
}
