package io.berth.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.plan.Plan;
import io.berth.model.results.ResultsDirectory;
import io.berth.runner.Installation;
import io.berth.runner.plan.Catalog;
import io.berth.runner.plan.PlanOptions;
import io.berth.runner.plan.Planner;
import io.berth.runner.submit.LocalSubmitter;
import io.berth.storage.Cluster;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@EnableKubernetesMockClient(crud = true, https = false)
class SweepTest {
    @TempDir
    private Path temp;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesClient client;

    @SuppressWarnings("NullAway.Init") // the extension sets it
    private KubernetesMockServer server;

    @Test
    void whatWentWithTheClaimOfARunIsNotMadeAgain() throws IOException {
        Installation installation = Installation.in(temp.resolve("home"));
        installation.write("suites/claim.yaml", """
                name: claim
                backend: volume
                description: a claim of the run's own
                accessType: nas
                settings:
                  dataClaim:
                    storageClassName: filer
                    accessModes: [ReadWriteMany]
                    resources: {requests: {storage: 1Gi}}
                """);
        Path suite = installation.write("suites/claims.yaml", """
                name: claims
                profiles: [claim.yaml]
                workloads:
                  - name: conforming
                kubernetes: {image: berth}
                """);
        Catalog catalog = new Catalog(installation.home());
        PlanOptions options = new PlanOptions(
                List.of(),
                List.of(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                List.of("berth", "run"));
        Plan plan = new Planner(catalog, new Random(1)).plan(suite, options);
        Cluster cluster = new Cluster(client, "bench", plan.kubernetes().orElseThrow(), plan.run(), false);
        Run run = new Run(
                ResultsDirectory.create(temp.resolve("results"), plan),
                new LocalSubmitter(catalog::application),
                catalog.profiles().read("local-disk", Path.of("")),
                Optional.of(cluster),
                new LineProgress(new PrintStream(PrintStream.nullOutputStream())),
                InstantSource.system());

        assertThat(run.sweep()).isEmpty();

        assertThat(server.getRequestCount()).isZero();
    }
}
