package io.berth.runner.submit;

import io.berth.model.plan.Trial;
import io.berth.model.process.Leash;
import io.berth.runner.submit.ApplicationEnd.Way;
import io.berth.storage.Trees;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs an application's driver as a JVM of this machine by Spark's own {@code SparkSubmit}, in client mode, with executors
 * inside it or on a standalone cluster. The JVM is on a leash: it ends when this process does, and a standalone master ends
 * the executors of a driver that has gone.
 */
public final class LocalSubmitter implements Submitter {
    private static final Duration LOOK_AROUND = Duration.ofSeconds(1);
    private static final Duration GRACE = Duration.ofSeconds(2);

    /** What Spark and Hadoop prefer to the settings that say where a trial has its scratch space. */
    private static final List<String> MISPLACE_SCRATCH =
            List.of("CONTAINER_ID", "LOCAL_DIRS", "SPARK_EXECUTOR_DIRS", "SPARK_LOCAL_DIRS");

    private final Function<Optional<String>, Path> applications;
    private @Nullable Process running;
    private boolean interrupted;

    /**
     * A submitter.
     *
     * @param applications the directory with {@code jars/} and {@code jvm.options}, by the Spark version that a trial asks for
     */
    public LocalSubmitter(Function<Optional<String>, Path> applications) {
        this.applications = applications;
    }

    @Override
    public ApplicationEnd run(Submission submission, BooleanSupplier goOn) throws IOException {
        Path application = applications.apply(submission.spec().sparkVersion()).toRealPath();
        ClassArchive classes = new ClassArchive(application);
        submission.write(conf(submission, application));
        // What a killed runner may have left of the same attempt.
        Trees.delete(submission.temporary());
        Files.createDirectories(submission.temporary());
        try {
            ApplicationEnd end = runProcess(submission, application, classes, goOn);
            tidy(submission, classes, end.way() == Way.EXITED && end.exitCode() == 0);
            return end;
        } catch (IOException | RuntimeException e) {
            tidy(submission, classes, false);
            throw e;
        }
    }

    private static void tidy(Submission submission, ClassArchive classes, boolean endedWell) {
        try {
            classes.takeOver(endedWell);
            Trees.delete(submission.temporary());
        } catch (IOException e) {
            // Beside the log or the jars, where it harms nothing; what came of the trial matters more.
        }
    }

    private ApplicationEnd runProcess(
            Submission submission, Path application, ClassArchive classes, BooleanSupplier goOn) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command(submission, application, classes))
                .redirectErrorStream(true)
                .redirectOutput(submission.log().toFile());
        builder.environment().keySet().removeAll(MISPLACE_SCRATCH);
        builder.environment().putAll(submission.environment());
        // Masters other than local ask Spark's home directory for its jars, and take a release's lay-out for granted.
        builder.environment().put("SPARK_HOME", application.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        long started = System.nanoTime();
        Process process;
        synchronized (this) {
            if (interrupted) {
                return new ApplicationEnd(Way.INTERRUPTED, 0, Duration.ZERO);
            }
            process = start(builder);
            running = process;
        }
        Way way = await(
                process, started + TimeUnit.SECONDS.toNanos(submission.spec().timeLimitSeconds()), goOn);
        if (way != Way.EXITED) {
            stop(process);
        }
        Duration elapsed = Duration.ofNanos(System.nanoTime() - started);
        synchronized (this) {
            running = null;
            // A terminal sends Ctrl-C to the application as well, which may die before this process hears of it.
            boolean byUser = interrupted || process.exitValue() == 128 + 2;
            return new ApplicationEnd(byUser ? Way.INTERRUPTED : way, process.exitValue(), elapsed);
        }
    }

    @Override
    public synchronized void interrupt() {
        interrupted = true;
        if (running != null) {
            running.destroyForcibly();
        }
    }

    private static Process start(ProcessBuilder builder) throws UnstartableJvm {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UnstartableJvm(builder.command().get(0), e);
        }
    }

    private static List<String> command(Submission submission, Path application, ClassArchive classes)
            throws IOException {
        Map<String, String> sparkConf = submission.spec().sparkConf();
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("@" + application.resolve("jvm.options"));
        // In client mode the driver is the JVM that SparkSubmit runs in, so its options have to be set here.
        command.add("-Xmx" + sparkConf.getOrDefault("spark.driver.memory", "1g"));
        String options = sparkConf.getOrDefault("spark.driver.extraJavaOptions", "");
        if (!options.contains("Archive") && !options.contains("-Xshare")) {
            command.addAll(submission.spec().kind() == Trial.Kind.PREPARE ? classes.make() : List.of());
            classes.use().ifPresent(command::add);
        }
        Stream.of(options.split("\\s+")).filter(option -> !option.isEmpty()).forEach(command::add);
        // Libraries unpack themselves there, and none cleans up in a JVM that is halted.
        command.add("-Djava.io.tmpdir=" + submission.temporary().toAbsolutePath());
        // A driver that limps on after an OutOfMemoryError measures nothing.
        command.add("-XX:+ExitOnOutOfMemoryError");
        agent(sparkConf, application).ifPresent(command::add);
        command.add("-cp");
        command.add(application.resolve("jars") + File.separator + "*");
        command.add(Leash.class.getName());
        command.add("org.apache.spark.deploy.SparkSubmit");
        command.addAll(List.of("--master", submission.master()));
        command.addAll(List.of("--name", submission.spec().trial()));
        command.addAll(List.of("--properties-file", submission.conf().toString()));
        command.addAll(List.of("--class", "io.berth.workloads.Application"));
        command.add(application.resolve("jars").resolve("berth-workloads.jar").toString());
        command.add(submission.specFile().toString());
        command.add(submission.records().toString());
        return command;
    }

    /**
     * Executors of their own need the probe's agent and the storage's variables as the driver does. Settings are no place
     * for secrets, so that storages give none to a run whose executors are elsewhere.
     */
    private static Map<String, String> conf(Submission submission, Path application) {
        Map<String, String> conf = new TreeMap<>(submission.spec().sparkConf());
        if (!submission.master().startsWith("local")) {
            agent(conf, application)
                    .ifPresent(option -> conf.merge(
                            "spark.executor.extraJavaOptions", option, (present, agent) -> present + " " + agent));
            submission.environment().forEach((name, value) -> conf.put("spark.executorEnv." + name, value));
        }
        return conf;
    }

    private static Optional<String> agent(Map<String, String> sparkConf, Path application) {
        return sparkConf.getOrDefault("spark.plugins", "").isEmpty()
                ? Optional.empty()
                : Optional.of("-javaagent:" + application.resolve("jars").resolve("berth-io-probe.jar"));
    }

    private static Way await(Process process, long deadlineNanos, BooleanSupplier goOn) {
        while (true) {
            long left = deadlineNanos - System.nanoTime();
            if (waitFor(process, Duration.ofNanos(Math.min(left, LOOK_AROUND.toNanos())))) {
                return Way.EXITED;
            }
            if (left <= LOOK_AROUND.toNanos()) {
                return Way.TIMED_OUT;
            }
            if (!goOn.getAsBoolean()) {
                return Way.ABANDONED;
            }
        }
    }

    private static boolean waitFor(Process process, Duration limit) {
        try {
            return process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Asks by the leash first, which halts the JVM at once; a JVM that can't even do that is killed. */
    private static void stop(Process process) {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // The other end is gone already.
        }
        if (!waitFor(process, GRACE)) {
            process.destroyForcibly();
        }
        while (process.isAlive()) {
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
