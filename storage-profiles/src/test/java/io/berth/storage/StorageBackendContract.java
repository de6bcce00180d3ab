package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.berth.model.plan.Trial;
import io.berth.model.suite.Role;
import io.berth.model.suite.StorageProfile;
import java.nio.file.Path;
import java.util.EnumSet;
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

    abstract StorageBackend backend();

    /** A profile that works, on a storage that holds nothing yet. */
    abstract StorageProfile profile();

    /** Writes a file at a URI of the storage. */
    abstract void write(String uri);

    /** Whether there is anything at or below a URI. */
    abstract boolean exists(String uri);

    RunScope run(String label) {
        return new RunScope(label, temp.resolve("logs"));
    }

    @Test
    void everyRoleItDeclaresIsBound() {
        try (Storage storage = backend().open(profile(), run("a"))) {
            Binding binding = storage.bind(FIRST, backend().roles());

            assertThat(binding.uris()).containsOnlyKeys(backend().roles());
        }
    }

    @Test
    void dataIsSharedByTheTrialsOfARunAndByLaterRuns() {
        String data;
        try (Storage storage = backend().open(profile(), run("a"))) {
            data = storage.bind(FIRST, EnumSet.of(Role.DATA)).uris().get(Role.DATA);
            assertThat(storage.bind(SECOND, EnumSet.of(Role.DATA)).uris().get(Role.DATA))
                    .isEqualTo(data);
            write(data + "/set/file");
        }
        try (Storage storage = backend().open(profile(), run("b"))) {
            assertThat(storage.bind(FIRST, EnumSet.of(Role.DATA)).uris().get(Role.DATA))
                    .isEqualTo(data);
            assertThat(exists(data + "/set/file")).isTrue();
        }
    }

    @Test
    void trialsDoNotShareTheirOutput() {
        try (Storage storage = backend().open(profile(), run("a"))) {
            assertThat(storage.bind(FIRST, EnumSet.of(Role.DATA)).outputUri())
                    .isNotEqualTo(storage.bind(SECOND, EnumSet.of(Role.DATA)).outputUri());
        }
    }

    @Test
    void cleaningUpATrialLeavesDataAndOtherTrialsAlone() {
        try (Storage storage = backend().open(profile(), run("a"))) {
            Binding first = storage.bind(FIRST, EnumSet.of(Role.DATA));
            Binding second = storage.bind(SECOND, EnumSet.of(Role.DATA));
            write(first.uris().get(Role.DATA) + "/set/file");
            write(first.outputUri() + "/part-0");
            write(second.outputUri() + "/part-0");

            storage.cleanUp(FIRST);

            assertThat(exists(first.outputUri())).isFalse();
            assertThat(exists(second.outputUri() + "/part-0")).isTrue();
            assertThat(exists(first.uris().get(Role.DATA) + "/set/file")).isTrue();
        }
    }

    @Test
    void cleaningUpWhatWasNeverMadeIsNoError() {
        try (Storage storage = backend().open(profile(), run("a"))) {
            storage.cleanUp(FIRST);
        }
    }

    @Test
    void closingRemovesWhatTheRunMadeAndNothingOfAnotherRun() {
        try (Storage other = backend().open(profile(), run("b"))) {
            String others = other.bind(FIRST, EnumSet.of(Role.DATA)).outputUri();
            write(others + "/part-0");
            String own;
            try (Storage storage = backend().open(profile(), run("a"))) {
                own = storage.bind(FIRST, EnumSet.of(Role.DATA)).outputUri();
                write(own + "/part-0");
            }

            assertThat(exists(own)).isFalse();
            assertThat(exists(others + "/part-0")).isTrue();
        }
    }

    @Test
    void aHealthyStoragePassesItsCheck() {
        try (Storage storage = backend().open(profile(), run("a"))) {
            storage.check();
        }
    }
}
