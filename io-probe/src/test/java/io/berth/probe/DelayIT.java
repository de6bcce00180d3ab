package io.berth.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A delay put into each read is found again, on the stage that had it. The machine may be busy: so what is compared is the
 * measured sleep, not the wanted one, and every stage has a second bound, the same reads timed from around. What the
 * machine steals between the two clocks is taken off the allowance, not blamed on the probe.
 */
final class DelayIT {
    @TempDir
    private Path directory;

    @Test
    void delaysOfLocalFilesAreFoundOnTheStagesThatHadThem() throws Exception {
        Stages stages = run(
                "org.apache.hadoop.fs.RawLocalFileSystem$LocalFSFileInputStream",
                "file://" + directory.resolve("data"),
                new ForkedApplication(directory));

        stages.check();
        // A read that threw is a call like any other, and the reads after it still count.
        assertThat(stages.thrown()).isEqualTo(DelayedApplication.READS / 2);
        assertThat(stages.lastStageReads()).isEqualTo(DelayedApplication.READS);
    }

    @Test
    void delaysOfHdfsAreFoundOnTheStagesThatHadThem() throws Exception {
        Configuration conf = new Configuration();
        conf.setInt("dfs.replication", 1);
        try (MiniDFSCluster cluster = new MiniDFSCluster.Builder(
                        conf, Files.createDirectories(directory.resolve("hdfs")).toFile())
                .numDataNodes(1)
                .build()) {
            cluster.waitActive();
            Stages stages = run(
                    "org.apache.hadoop.hdfs.DFSInputStream",
                    cluster.getURI() + "/data",
                    new ForkedApplication(directory));

            stages.check();
            assertThat(stages.summary.at("/histograms").toString()).contains("\"hdfs\"");
            // Written by the driver in whole packets, counted by chunks.
            assertThat(stages.summary.at("/unattributed")).anySatisfy(call -> {
                assertThat(call.at("/scheme").asText()).isEqualTo("hdfs");
                assertThat(call.at("/operation").asText()).isEqualTo("write");
                assertThat(call.at("/bytes").asLong()).isEqualTo(DelayedApplication.READS * 4096L);
            });
        }
    }

    private Stages run(String type, String uri, ForkedApplication application) throws Exception {
        ForkedApplication.Ended ended = application
                .firstAgent(DelayAgent.jar(directory) + "=" + type)
                .run(DelayedApplication.class.getName(), uri);
        return new Stages(ended, ended.summary());
    }

    private record Stages(ForkedApplication.Ended ended, JsonNode summary) {

        void check() {
            List<double[]> points = new ArrayList<>();
            double noiseNanos = 0;
            for (int i = 0; i < DelayedApplication.DELAYS_MILLIS.size(); i++) {
                JsonNode read = summary.at("/stages/" + (i + 1) + "/successful/costs/read");
                long probedNanos = read.at("/nanos").asLong();
                long insideNanos = Long.parseLong(ended.answer("inside " + i));
                long aroundNanos = Long.parseLong(ended.answer("around " + i));

                assertThat(read.at("/calls").asInt()).isEqualTo(DelayedApplication.READS);
                assertThat(read.at("/bytes").asInt()).isEqualTo(DelayedApplication.READS * 4096);
                assertThat(probedNanos).as("stage %d", i).isBetween(insideNanos, aroundNanos);
                points.add(new double[] {
                    (double) insideNanos / DelayedApplication.READS, (double) probedNanos / DelayedApplication.READS
                });
                noiseNanos = Math.max(noiseNanos, (double) (aroundNanos - insideNanos) / DelayedApplication.READS);
            }
            double[] line = line(points);
            System.out.printf(
                    "slope %.4f, intercept %.1f us, at most %.1f us between the clocks%n",
                    line[0], line[1] / 1e3, noiseNanos / 1e3);
            double longest =
                    points.stream().mapToDouble(point -> point[0]).max().orElseThrow();
            assertThat(line[0]).isCloseTo(1, within(0.02 + noiseNanos / longest));
            assertThat(line[1]).isLessThan(50_000 + noiseNanos);
        }

        int thrown() {
            return Integer.parseInt(ended.answer("thrown"));
        }

        int lastStageReads() {
            return summary.at(
                            "/stages/" + (DelayedApplication.DELAYS_MILLIS.size() + 1) + "/successful/costs/read/calls")
                    .asInt();
        }

        /** Slope and intercept by least squares. */
        private static double[] line(List<double[]> points) {
            double meanX =
                    points.stream().mapToDouble(point -> point[0]).average().orElseThrow();
            double meanY =
                    points.stream().mapToDouble(point -> point[1]).average().orElseThrow();
            double product = 0;
            double square = 0;
            for (double[] point : points) {
                product += (point[0] - meanX) * (point[1] - meanY);
                square += (point[0] - meanX) * (point[0] - meanX);
            }
            double slope = product / square;
            return new double[] {slope, meanY - slope * meanX};
        }
    }
}
