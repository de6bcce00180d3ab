package io.berth.workloads;

import io.berth.model.results.Environment;
import io.berth.model.text.BerthVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.util.VersionInfo;
import org.apache.spark.sql.SparkSession;

/** What the application runs in. A fact that this machine doesn't tell is left out. */
final class Surroundings {
    private static final Path CGROUP = Path.of("/sys/fs/cgroup");

    private Surroundings() {}

    static Environment of(SparkSession spark) {
        Map<String, String> facts = new TreeMap<>();
        facts.put("berth.version", BerthVersion.current().toString());
        facts.put("spark.version", spark.version());
        facts.put("scala.version", scala.util.Properties.versionNumberString());
        facts.put("hadoop.version", VersionInfo.getVersion());
        facts.put("java.version", System.getProperty("java.version"));
        facts.put("java.vm", System.getProperty("java.vm.name"));
        facts.put("java.maxHeapBytes", String.valueOf(Runtime.getRuntime().maxMemory()));
        facts.put("os.name", System.getProperty("os.name"));
        facts.put("os.kernel", System.getProperty("os.version"));
        facts.put("os.arch", System.getProperty("os.arch"));
        facts.put("machine.cpus", String.valueOf(Runtime.getRuntime().availableProcessors()));
        value(Path.of("/proc/cpuinfo"), "model name").ifPresent(it -> facts.put("machine.cpuModel", it));
        value(Path.of("/proc/meminfo"), "MemTotal").ifPresent(it -> facts.put("machine.memory", it));
        firstLine(Path.of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"))
                .ifPresent(it -> facts.put("machine.cpuGovernor", it));
        limit("memory.max").ifPresent(it -> facts.put("cgroup.memoryMaxBytes", it));
        limit("cpu.max").ifPresent(it -> facts.put("cgroup.cpuMax", it));
        Map<String, String> conf = new TreeMap<>();
        for (scala.Tuple2<String, String> entry : spark.sparkContext().getConf().getAll()) {
            conf.put(entry._1(), entry._2());
        }
        return new Environment(facts, Redaction.redacted(conf));
    }

    /** A limit of cgroup v2 that holds for this process: the nearest one above it that is set. */
    private static Optional<String> limit(String file) {
        Optional<String> own = firstLine(Path.of("/proc/self/cgroup"))
                .filter(line -> line.startsWith("0::"))
                .map(line -> line.substring("0::".length()));
        for (Path group = CGROUP.resolve(own.orElse("/").substring(1)).normalize();
                group != null && group.startsWith(CGROUP);
                group = group.getParent()) {
            Optional<String> limit = firstLine(group.resolve(file)).filter(value -> !value.startsWith("max"));
            if (limit.isPresent()) {
                return limit;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> value(Path file, String key) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> firstLine(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.findFirst().map(String::strip);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
