package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.plan.Trial;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every storage backend promises. A backend's test extends this; where its storage can't keep a promise, it overrides
 * that test with a comment that says why.
 */
abstract class StorageBackendContract {
    static final Trial FIRST = new Trial("block1-sql-x", Trial.Kind.MEASURE, 1, 0, "sql", "x");
    static final Trial SECOND = new Trial("block2-sql-x", Trial.Kind.MEASURE, 2, 1, "sql", "x");

    @TempDir
    Path temp;

    private Optional<Storage> opened = Optional.empty();

    abstract StorageBackend backend();

    /** A profile that works, on a storage that holds nothing yet. */
    abstract StorageProfile profile();

    /** How an application that is given a binding sees the storage. */
    abstract StorageClient client(Binding binding);

    RunScope run(String label) {
        return new RunScope(label, temp.resolve("logs"));
    }

    /**
     * An open storage for a test that isn't about opening and closing. Each test has one of its own; where opening takes long,
     * the tests of a class may share one.
     */
    Storage storage() {
        opened = Optional.of(backend().open(profile(), run("a")));
        return opened.get();
    }

    @AfterEach
    void closeStorage() {
        opened.ifPresent(Storage::close);
        opened = Optional.empty();
    }

    @Test
    void everyRoleItDeclaresIsBoundToAPlaceThatCanBeWritten() {
        Binding binding = storage().bind(FIRST, backend().roles());

        assertThat(backend().roles()).contains(Role.DATA);
        assertThat(binding.uris()).containsOnlyKeys(backend().roles());
        binding.uris().forEach((role, uri) -> {
            client(binding).write(uri + "/of-role/file", role.label());
            assertThat(client(binding).read(uri + "/of-role/file")).isEqualTo(role.label());
        });
    }

    @Test
    void onlyADirectoryServesAsScratchSpace() {
        Binding binding = storage().bind(FIRST, backend().roles());

        assertThat(binding.uris().getOrDefault(Role.SCRATCH, "file:///")).startsWith("file:/");
    }

    @Test
    void whatATrialWritesIsBelowItsRunAndDataIsNot() {
        Binding binding = storage().bind(FIRST, EnumSet.of(Role.DATA, Role.CHECKPOINT));

        String own = "/runs/a/" + FIRST.id();
        assertThat(binding.outputUri()).endsWith(own + "/output");
        String root = binding.outputUri().replace(own + "/output", "");
        assertThat(binding.uris())
                .containsEntry(Role.DATA, root + "/data")
                .containsEntry(Role.CHECKPOINT, root + own + "/checkpoint");
    }

    @Test
    void dataIsSharedByTheTrialsOfARun() {
        Storage storage = storage();
        String data = storage.bind(FIRST, EnumSet.of(Role.DATA)).uris().get(Role.DATA);

        assertThat(storage.bind(SECOND, EnumSet.of(Role.DATA)).uris().get(Role.DATA))
                .isEqualTo(data);
    }

    @Test
    void dataIsSharedWithLaterRuns() throws IOException {
        String data;
        try (Storage storage = backend().open(profile(), run("a"))) {
            Binding binding = storage.bind(FIRST, EnumSet.of(Role.DATA));
            data = binding.uris().get(Role.DATA);
            client(binding).write(data + "/set/file", "x");
        }
        try (Storage storage = backend().open(profile(), run("b"))) {
            Binding binding = storage.bind(FIRST, EnumSet.of(Role.DATA));
            assertThat(binding.uris().get(Role.DATA)).isEqualTo(data);
            assertThat(client(binding).exists(data + "/set/file")).isTrue();
        }
    }

    @Test
    void trialsDoNotShareTheirOutput() {
        Storage storage = storage();

        assertThat(storage.bind(FIRST, EnumSet.of(Role.DATA)).outputUri())
                .isNotEqualTo(storage.bind(SECOND, EnumSet.of(Role.DATA)).outputUri());
    }

    @Test
    void whatWasWrittenIsListedAtOnce() {
        Binding binding = storage().bind(FIRST, EnumSet.of(Role.DATA));
        StorageClient client = client(binding);
        List<String> written = new ArrayList<>();
        for (int i = 10; i < 30; i++) {
            client.write(binding.outputUri() + "/listed/deep/part-" + i, "x");
            written.add("deep/part-" + i);
            assertThat(client.list(binding.outputUri() + "/listed")).isEqualTo(written);
        }
    }

    @Test
    void overwritingLeavesNothingOfTheOldContent() {
        Binding binding = storage().bind(FIRST, EnumSet.of(Role.DATA));
        StorageClient client = client(binding);
        String file = binding.outputUri() + "/overwritten";
        client.write(file, "what was there before");

        client.write(file, "new");

        assertThat(client.read(file)).isEqualTo("new");
    }

    @Test
    void aDirectoryIsRenamedWithWhatIsInIt() {
        Binding binding = storage().bind(FIRST, EnumSet.of(Role.DATA));
        StorageClient client = client(binding);
        client.write(binding.outputUri() + "/before/deep/a", "first");
        client.write(binding.outputUri() + "/before/b", "second");

        client.rename(binding.outputUri() + "/before", binding.outputUri() + "/after");

        assertThat(client.exists(binding.outputUri() + "/before")).isFalse();
        assertThat(client.list(binding.outputUri() + "/after")).containsExactly("b", "deep/a");
        assertThat(client.read(binding.outputUri() + "/after/deep/a")).isEqualTo("first");
    }

    @Test
    void whatIsAppendedFollowsWhatWasThere() {
        Binding binding = storage().bind(FIRST, EnumSet.of(Role.DATA));
        StorageClient client = client(binding);
        String file = binding.outputUri() + "/appended";
        client.write(file, "first, ");

        client.append(file, "second");

        assertThat(client.read(file)).isEqualTo("first, second");
    }

    @Test
    void cleaningUpATrialLeavesDataAndOtherTrialsAlone() {
        Storage storage = storage();
        Binding first = storage.bind(FIRST, EnumSet.of(Role.DATA));
        Binding second = storage.bind(SECOND, EnumSet.of(Role.DATA));
        StorageClient client = client(first);
        client.write(first.uris().get(Role.DATA) + "/set/file", "x");
        client.write(first.outputUri() + "/part-0", "x");
        client.write(second.outputUri() + "/part-0", "x");

        storage.cleanUp(FIRST);

        assertThat(client.exists(first.outputUri())).isFalse();
        assertThat(client.exists(second.outputUri() + "/part-0")).isTrue();
        assertThat(client.exists(first.uris().get(Role.DATA) + "/set/file")).isTrue();
    }

    @Test
    void cleaningUpWhatWasNeverMadeIsNoError() {
        storage().cleanUp(new Trial("block9-sql-x", Trial.Kind.MEASURE, 9, 8, "sql", "x"));
    }

    @Test
    void closingRemovesWhatTheRunMadeAndNothingOfAnotherRun() {
        try (Storage other = backend().open(profile(), run("b"))) {
            Binding others = other.bind(FIRST, EnumSet.of(Role.DATA));
            client(others).write(others.outputUri() + "/part-0", "x");
            Binding own;
            try (Storage storage = backend().open(profile(), run("a"))) {
                own = storage.bind(FIRST, EnumSet.of(Role.DATA));
                client(own).write(own.outputUri() + "/part-0", "x");
            }

            assertThat(client(others).exists(others.outputUri() + "/part-0")).isTrue();
            assertGone(own, others);
        }
    }

    /** That nothing is left of a binding whose storage has been closed. */
    void assertGone(Binding closed, Binding stillOpen) {
        assertThat(client(stillOpen).exists(closed.outputUri())).isFalse();
    }

    @Test
    void aHealthyStoragePassesItsCheck() {
        storage().check();
    }
}
