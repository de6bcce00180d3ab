package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreesTest {
    @TempDir
    private Path temp;

    @Test
    void whatWasNeverThereIsNoError() throws IOException {
        Trees.delete(temp.resolve("nothing"));
    }

    @Test
    void whatSomebodyElseDeletesMeanwhileDoesNotStopIt() throws Exception {
        Path tree = temp.resolve("tree");
        for (int i = 0; i < 40; i++) {
            Path directory = Files.createDirectories(tree.resolve("directory" + i));
            for (int j = 0; j < 40; j++) {
                Files.createFile(directory.resolve("file" + j));
            }
        }
        Callable<Boolean> deletion = () -> {
            Trees.delete(tree);
            return true;
        };
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (Future<Boolean> ended : threads.invokeAll(List.of(deletion, deletion, deletion, deletion))) {
                assertThat(ended.get()).isTrue();
            }
        } finally {
            threads.shutdown();
        }

        assertThat(tree).doesNotExist();
    }

    @Test
    void whatCanNotBeDeletedIsNamedAndTheRestGoes() throws Exception {
        Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name")), "only root may mount what can't be removed then");
        Path tree = temp.resolve("tree");
        Path stuck = Files.createDirectories(tree.resolve("a/stuck"));
        Files.createFile(Files.createDirectories(tree.resolve("b")).resolve("file"));
        Files.createFile(tree.resolve("a/file"));
        mount("mount", "-t", "tmpfs", "tmpfs", stuck.toString());
        try {
            assertThatThrownBy(() -> Trees.delete(tree))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining(stuck + ": Device or resource busy");
            assertThat(tree.resolve("a/file")).doesNotExist();
            assertThat(tree.resolve("b")).doesNotExist();
        } finally {
            mount("umount", stuck.toString());
        }
    }

    private static void mount(String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }
}
