package io.berth.runner.submit;

import io.berth.model.text.IoReason;
import java.io.IOException;

/** The machine has started no JVM for an application: its program is missing, or memory or processes have run out. */
public final class UnstartableJvm extends IOException {
    private static final long serialVersionUID = 1L;

    UnstartableJvm(String program, IOException cause) {
        super("no JVM can be started for an application: %s (%s)".formatted(program, IoReason.of(cause)), cause);
    }
}
