package io.berth.probe.agent;

import io.berth.probe.bridge.Cells;
import io.berth.probe.bridge.Ledger;
import io.berth.probe.bridge.Schemes;
import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/**
 * What is put around hooked methods; the code is copied into them. The classes differ in where the number of bytes comes
 * from. Nothing here may change what the method does: an error in this code is swallowed, one in the method is rethrown.
 */
final class Timed {
    private Timed() {}

    /** Moves no bytes. */
    static final class Call {
        private Call() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static @Nullable Ledger enter() {
            return Ledger.enter();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(@Advice.Enter @Nullable Ledger ledger, @Cell int cell) {
            Ledger.exit(ledger, cell, 0);
        }
    }

    /** Of a file system, whose class says which scheme it is: wrappers and base classes serve several. */
    static final class FileSystemCall {
        private FileSystemCall() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static @Nullable Ledger enter() {
            return Ledger.enter();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(@Advice.Enter @Nullable Ledger ledger, @Advice.This Object fileSystem, @Cell int cell) {
            if (ledger != null) {
                Ledger.exit(ledger, Cells.cell(Schemes.of(fileSystem.getClass()), Cells.category(cell)), 0);
            }
        }
    }

    /** Returns the number of bytes, -1 at the end. */
    static final class ReturnsBytes {
        private ReturnsBytes() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static @Nullable Ledger enter() {
            return Ledger.enter();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(@Advice.Enter @Nullable Ledger ledger, @Advice.Return int bytes, @Cell int cell) {
            Ledger.exit(ledger, cell, bytes);
        }
    }

    /** Moves all of {@code (buffer, offset, length)} or throws. */
    static final class MovesLength {
        private MovesLength() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static @Nullable Ledger enter() {
            return Ledger.enter();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(
                @Advice.Enter @Nullable Ledger ledger,
                @Advice.Argument(2) int length,
                @Advice.Thrown @Nullable Throwable thrown,
                @Cell int cell) {
            Ledger.exit(ledger, cell, thrown == null ? length : 0);
        }
    }

    /** Moves all of {@code (position, buffer, offset, length)} or throws. */
    static final class MovesLengthAtPosition {
        private MovesLengthAtPosition() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static @Nullable Ledger enter() {
            return Ledger.enter();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(
                @Advice.Enter @Nullable Ledger ledger,
                @Advice.Argument(3) int length,
                @Advice.Thrown @Nullable Throwable thrown,
                @Cell int cell) {
            Ledger.exit(ledger, cell, thrown == null ? length : 0);
        }
    }
}
