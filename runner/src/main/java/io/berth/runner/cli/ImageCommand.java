package io.berth.runner.cli;

import io.berth.model.text.BerthVersion;
import io.berth.runner.image.HarnessImage;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Makes the container image. */
@Command(
        name = "image",
        mixinStandardHelpOptions = true,
        description = {
            "Makes the container image that drivers, executors and HDFS run from on Kubernetes.",
            "Needs neither Docker nor root. The same base and the same build give the same image."
        },
        footer = {
            "",
            "Examples:",
            "  berth image --base eclipse-temurin@sha256:DIGEST --to registry.example/berth:1",
            "  berth image --base base.tar --tar berth.tar",
            "  berth image --base base.tar --spark 4.1 --tar berth-spark-4.1.tar"
        })
final class ImageCommand implements Callable<Integer> {
    /** Where the image goes. */
    static final class Destination {
        @Option(
                names = "--tar",
                paramLabel = "FILE",
                required = true,
                description = "Write it for docker load or ctr images import, and print its name and its id.")
        private @Nullable Path tar;

        @Option(
                names = "--to",
                paramLabel = "REGISTRY/NAME",
                required = true,
                description = "Push it, and print its name with its digest.")
        private @Nullable String registry;
    }

    @ParentCommand
    private Berth berth;

    @ArgGroup(multiplicity = "1")
    private Destination destination;

    @Option(
            names = "--base",
            paramLabel = "IMAGE",
            required = true,
            description =
                    "What to make it on: any image with a Java 17 runtime and a shell, as REGISTRY/NAME@sha256:DIGEST"
                            + " or as a tar of docker save.")
    private String base;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description =
                    "What the image in a tar is called; localhost/berth:VERSION of berth, with -spark-VERSION behind it if that is"
                            + " given, if absent.")
    private @Nullable String name;

    @Option(
            names = "--spark",
            paramLabel = "VERSION",
            description = "Another Spark than berth's own, as MAJOR.MINOR; its application must have been built.")
    private @Nullable String spark;

    @Override
    public Integer call() {
        HarnessImage image = new HarnessImage(berth.catalog(), base, Optional.ofNullable(spark));
        if (destination.tar != null) {
            String called = name == null
                    ? "localhost/berth:" + BerthVersion.current().number() + (spark == null ? "" : "-spark-" + spark)
                    : name;
            berth.out().printf("%s %s%n", called, image.writeTo(destination.tar, called));
        } else if (destination.registry != null) {
            berth.out().println(image.pushTo(destination.registry));
        }
        return ExitCode.DONE;
    }
}
