package io.berth.model.results;

/**
 * What another source than the I/O probe counted in an iteration, raw.
 *
 * @param source who counted: {@code process} (the kernel, over all processes of the application), the name of one of
 *               Hadoop's storage statistics, {@code committer} (the {@code _SUCCESS} files of an iteration's output),
 *               {@code nfs} (the NFS clients of the nodes), {@code datanodes} (HDFS's, over all of them), {@code streaming}
 *               or {@code state}
 * @param name   the source's own name of it; {@code Millis} at the end of the name is a unit
 * @param value  what was added to it in the iteration
 */
public record Counter(String source, String name, long value) {}
