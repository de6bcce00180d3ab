package io.berth.reports.volumes;

import io.berth.model.volumes.VolumeStep;
import io.berth.model.volumes.VolumeWave;
import io.berth.reports.text.Terminal;
import java.util.List;
import java.util.stream.Collectors;

/** The lives of volumes for a terminal, within 100 columns. */
public final class VolumeText {
    private static final int NAME = 16;
    private static final int CELL = 26;

    private VolumeText() {}

    /** Adds a table for each class, and what is to be said of it. */
    public static void show(List<ClassLives> lives, Terminal out) {
        out.line("Lives of volumes: median and maximum of each step, for several volumes at once.");
        for (ClassLives life : lives) {
            out.line("");
            out.wrap(
                    "", "%s: StorageClass %s of %s".formatted(life.profile(), life.storageClass(), life.provisioner()));
            // As many beside each other as fit.
            int fitting = (Terminal.COLUMNS - NAME) / (CELL + 2);
            for (int from = 0; from < life.waves().size(); from += fitting) {
                List<VolumeWave> waves =
                        life.waves().subList(from, Math.min(life.waves().size(), from + fitting));
                row(
                        out,
                        "step",
                        waves.stream().map(it -> it.count() + " at once").toList());
                out.line("-".repeat(NAME) + ("  " + "-".repeat(CELL)).repeat(waves.size()));
                for (VolumeStep step : VolumeStep.values()) {
                    row(
                            out,
                            step.title(),
                            waves.stream()
                                    .map(it -> StepOfWave.of(it, step).text())
                                    .toList());
                }
            }
            life.reasons().forEach(reason -> out.wrap("  ", reason));
        }
    }

    private static void row(Terminal out, String name, List<String> cells) {
        out.line(Terminal.pad(name, NAME)
                + cells.stream().map(it -> "  " + Terminal.pad(it, CELL)).collect(Collectors.joining()));
    }
}
