package io.berth.model.records;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.berth.model.results.Answer;
import io.berth.model.results.DataSetFact;
import io.berth.model.results.Environment;
import io.berth.model.results.IterationIo;
import io.berth.model.results.IterationMeasurement;
import io.berth.model.results.Lifecycle;
import io.berth.model.results.MountFact;
import io.berth.model.results.OperationHistogram;
import io.berth.model.results.StageMeasurement;
import io.berth.model.text.FormatVersion;

/**
 * One line that an application writes. The wire form is a JSON object with {@code seq} (0-based, without gaps),
 * {@code type} and the fields of the record below. The last line is {@link End}; without it the trial has failed.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = RecordLine.Started.class, name = "started"),
    @JsonSubTypes.Type(value = RecordLine.EnvironmentSeen.class, name = "environment"),
    @JsonSubTypes.Type(value = RecordLine.MountSeen.class, name = "mount"),
    @JsonSubTypes.Type(value = RecordLine.NonceLeft.class, name = "nonce"),
    @JsonSubTypes.Type(value = RecordLine.DataSetReady.class, name = "data-set"),
    @JsonSubTypes.Type(value = RecordLine.IterationDone.class, name = "iteration"),
    @JsonSubTypes.Type(value = RecordLine.StageDone.class, name = "stage"),
    @JsonSubTypes.Type(value = RecordLine.HistogramTaken.class, name = "histogram"),
    @JsonSubTypes.Type(value = RecordLine.IoDone.class, name = "io"),
    @JsonSubTypes.Type(value = RecordLine.Answered.class, name = "answer"),
    @JsonSubTypes.Type(value = RecordLine.Warned.class, name = "warning"),
    @JsonSubTypes.Type(value = RecordLine.LifecycleDone.class, name = "lifecycle"),
    @JsonSubTypes.Type(value = RecordLine.Distrusted.class, name = "distrusted"),
    @JsonSubTypes.Type(value = RecordLine.Failure.class, name = "failure"),
    @JsonSubTypes.Type(value = RecordLine.End.class, name = "end"),
})
public sealed interface RecordLine {

    /** The first line: which trial, in which version of this format, written by which application. */
    record Started(FormatVersion format, String trial, String application) implements RecordLine {}

    /** What the application runs in. */
    record EnvironmentSeen(Environment environment) implements RecordLine {}

    /** What a directory of a role really is. */
    record MountSeen(MountFact mount) implements RecordLine {}

    /**
     * A process has left a nonce on the data storage.
     *
     * @param process {@code driver} or {@code executor N}
     * @param file    its name in the trial's {@code proofUri}
     * @param nonce   its content
     */
    record NonceLeft(String process, String file, String nonce) implements RecordLine {}

    /** A data set is in place. */
    record DataSetReady(DataSetFact dataSet) implements RecordLine {}

    /** An iteration ended. */
    record IterationDone(IterationMeasurement iteration) implements RecordLine {}

    /** A stage attempt ended. */
    record StageDone(StageMeasurement stage) implements RecordLine {}

    /** Latencies of one operation. */
    record HistogramTaken(OperationHistogram histogram) implements RecordLine {}

    /** Storage calls of an iteration outside of tasks, and what other sources say. */
    record IoDone(IterationIo io) implements RecordLine {}

    /** What a step computed. */
    record Answered(Answer answer) implements RecordLine {}

    /** Something a reader must know before believing a number; {@code code} is one of docs/biases.md. */
    record Warned(String code, String message) implements RecordLine {}

    /** How long the parts of the application's life took. */
    record LifecycleDone(Lifecycle lifecycle) implements RecordLine {}

    /** The application ended well but must not be trusted, for a reason that no single answer shows. */
    record Distrusted(String reason) implements RecordLine {}

    /**
     * The application gives up.
     *
     * @param infrastructure whether the machine, the mount or the storage is to blame, as far as the application can tell
     * @param reason         one line for people
     */
    record Failure(boolean infrastructure, String reason) implements RecordLine {}

    /**
     * The last line.
     *
     * @param count  number of lines before this one
     * @param sha256 over the bytes of those lines with their line feeds, in hex
     */
    record End(long count, String sha256) implements RecordLine {}
}
