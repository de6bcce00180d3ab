package io.berth.runner.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.berth.model.text.Formats;
import io.berth.model.volumes.VolumeLife;
import io.berth.model.volumes.VolumeMoment;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Against what watches told of two volumes of a class that can do everything, while {@code berth lifecycle --volumes 2} ran:
 * {@code recorded.jsonl}, one event a line. Lines without an object are the runner's own requests. The time of a line is its
 * number.
 */
class LivesTest {
    private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();
    private static final List<Line> RECORDED = recorded();

    /** One line of the record. */
    private record Line(long number, String type, HasMetadata object, Optional<VolumeMoment> asked, String claim) {
        String kind() {
            return object.getKind();
        }
    }

    private static List<Line> recorded() {
        try (InputStream in = Objects.requireNonNull(
                        LivesTest.class.getResourceAsStream("recorded.jsonl"), "recorded.jsonl");
                BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            List<Line> lines = new ArrayList<>();
            for (String text : reader.lines().toList()) {
                JsonNode line = Formats.json().readTree(text);
                boolean asked = line.has("asked");
                lines.add(new Line(
                        lines.size() + 1,
                        line.path("type").asText(),
                        asked ? new Pod() : object(line.path("object")),
                        asked
                                ? Optional.of(Formats.json().treeToValue(line.path("asked"), VolumeMoment.class))
                                : Optional.empty(),
                        line.path("claim").asText()));
            }
            return List.copyOf(lines);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static HasMetadata object(JsonNode json) {
        Class<? extends HasMetadata> type =
                switch (json.path("kind").asText()) {
                    case "PersistentVolumeClaim" -> PersistentVolumeClaim.class;
                    case "PersistentVolume" -> PersistentVolume.class;
                    case "VolumeAttachment" -> VolumeAttachment.class;
                    case "Pod" -> Pod.class;
                    default -> GenericKubernetesResource.class;
                };
        return SERIALIZATION.unmarshal(json.toString(), type);
    }

    private static List<String> claims() {
        return RECORDED.stream()
                .filter(line ->
                        line.asked().filter(it -> it == VolumeMoment.CLAIMED).isPresent())
                .map(Line::claim)
                .sorted()
                .toList();
    }

    private static Lives told(List<Line> lines) {
        Lives lives = new Lives(claims());
        lines.forEach(line -> tell(lives, line));
        return lives;
    }

    private static void tell(Lives lives, Line line) {
        if (line.asked().isPresent()) {
            if (line.asked().get() == VolumeMoment.EXPANSION_ASKED) {
                lives.want(new Quantity("1140850688"));
            }
            lives.note(line.claim(), line.asked().get(), line.number());
            return;
        }
        boolean gone = line.type().equals("DELETED");
        if (line.object() instanceof PersistentVolumeClaim claim) {
            if (gone) {
                lives.gone(claim);
            } else {
                lives.seen(claim, line.number());
            }
        } else if (line.object() instanceof PersistentVolume volume) {
            if (gone) {
                lives.gone(volume, line.number());
            } else {
                lives.seen(volume, line.number());
            }
        } else if (line.object() instanceof VolumeAttachment attachment) {
            if (gone) {
                lives.gone(attachment, line.number());
            } else {
                lives.seen(attachment, line.number());
            }
        } else if (line.object() instanceof Pod pod) {
            if (gone) {
                lives.gone(pod, line.number());
            } else {
                lives.seen(pod, line.number());
            }
        } else if (line.object() instanceof GenericKubernetesResource snapshot) {
            if (gone) {
                lives.gone(snapshot);
            } else {
                lives.seen(snapshot, line.number());
            }
        }
    }

    private static Map<VolumeMoment, Long> moments(Lives lives, int claim) {
        return lives.since(0).get(claim).momentNanos();
    }

    @Test
    void aWholeLifeHasEveryMomentInItsOrder() {
        List<VolumeLife> lives = told(RECORDED).since(0);

        assertThat(lives).hasSize(2);
        for (VolumeLife life : lives) {
            assertThat(life.momentNanos()).containsOnlyKeys(VolumeMoment.values());
            assertThat(life.volume()).isPresent();
            assertThat(life.restored()).isPresent().isNotEqualTo(life.volume());
            Map<VolumeMoment, Long> ordered = new EnumMap<>(life.momentNanos());
            // Two watches tell of a volume and its claim, and of an attachment and its pod.
            ordered.remove(VolumeMoment.PROVISIONED);
            ordered.remove(VolumeMoment.ATTACHING);
            assertThat(List.copyOf(ordered.values())).isSorted();
        }
    }

    @Test
    void aMomentIsTheFirstEventThatTellsOfIt() {
        Lives lives = new Lives(claims());
        Map<VolumeMoment, Long> before = Map.of();
        for (Line line : RECORDED) {
            tell(lives, line);
            Map<VolumeMoment, Long> now = moments(lives, 0);
            // What is known never changes, and what is new is as old as this line, or was told before whose it was.
            assertThat(now).containsAllEntriesOf(before);
            for (VolumeMoment moment : now.keySet()) {
                if (!before.containsKey(moment)
                        && moment != VolumeMoment.PROVISIONED
                        && moment != VolumeMoment.ATTACHING
                        && moment != VolumeMoment.ATTACHED) {
                    assertThat(now.get(moment)).as(moment.label()).isEqualTo(line.number());
                }
            }
            before = now;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"VolumeAttachment", "PersistentVolume", "Pod", "PersistentVolumeClaim", "VolumeSnapshot"})
    void aWatchThatIsAheadOfTheOthersLosesNothing(String kind) {
        List<Line> ahead = new ArrayList<>(RECORDED);
        // Requests come first in any case; events of one watch stay in their order.
        ahead.sort(Comparator.comparing(
                line -> line.asked().isPresent() ? 0 : line.kind().equals(kind) ? 1 : 2));

        told(ahead).since(0).forEach(life -> assertThat(life.momentNanos()).containsOnlyKeys(VolumeMoment.values()));
    }

    @Test
    void aWatchThatIsForbiddenLeavesItsMomentsOut() {
        List<Line> permitted = RECORDED.stream()
                .filter(line ->
                        !line.kind().equals("VolumeAttachment") && !line.kind().equals("PersistentVolume"))
                .toList();

        Lives lives = told(permitted);

        assertThat(lives.without(VolumeMoment.ATTACHED)).hasSize(2);
        assertThat(lives.without(VolumeMoment.DELETED)).hasSize(2);
        assertThat(lives.without(VolumeMoment.POD_GONE)).isEmpty();
        assertThat(lives.anyAttached()).isFalse();
        assertThat(lives.since(0).get(0).momentNanos())
                .doesNotContainKeys(
                        VolumeMoment.PROVISIONED,
                        VolumeMoment.ATTACHING,
                        VolumeMoment.ATTACHED,
                        VolumeMoment.DETACHED,
                        VolumeMoment.DELETED);
    }

    @Test
    void aClaimIsExpandedWhenTheStorageHasGrantedTheSizeThatWasAskedFor() {
        Lives lives = new Lives(claims());
        lives.want(new Quantity("100Ti"));
        RECORDED.stream().filter(line -> line.asked().isEmpty()).forEach(line -> tell(lives, line));

        assertThat(lives.without(VolumeMoment.EXPANDED)).hasSize(2);
        assertThat(lives.without(VolumeMoment.BOUND)).isEmpty();
    }

    @Test
    void objectsStandUntilTheyAreGone() {
        Lives lives = new Lives(claims());
        String claim = claims().get(0);
        List<String> kinds = List.of("PersistentVolumeClaim", "Pod", "VolumeSnapshot");
        List<String> stood = new ArrayList<>();
        for (Line line : RECORDED) {
            tell(lives, line);
            kinds.stream()
                    .filter(kind ->
                            !stood.contains(kind) && lives.stands(kind, claim).isPresent())
                    .forEach(stood::add);
        }

        assertThat(stood).containsExactlyInAnyOrderElementsOf(kinds);
        assertThat(kinds).noneMatch(kind -> lives.stands(kind, claim).isPresent());
        assertThat(lives.anyRestoredVolume()).isFalse();
        assertThat(lives.anyAttached()).isFalse();
    }

    @Test
    void othersObjectsChangeNothing() {
        Lives lives = new Lives(List.of("another-claim"));
        RECORDED.stream().filter(line -> line.asked().isEmpty()).forEach(line -> tell(lives, line));

        assertThat(lives.since(0)).extracting(VolumeLife::claim).containsExactly("another-claim");
        assertThat(lives.since(0).get(0).momentNanos()).isEmpty();
    }

    @Test
    void timesReferToTheOrigin() {
        Lives lives = told(RECORDED);
        Map<VolumeMoment, Long> moments = moments(lives, 0);

        assertThat(lives.since(1).get(0).momentNanos())
                .isEqualTo(moments.entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, it -> it.getValue() - 1)));
    }
}
