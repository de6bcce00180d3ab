package io.berth.workloads;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.execution.SparkPlanInfo;
import org.apache.spark.sql.execution.metric.SQLMetricInfo;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A physical plan cut at its exchanges: each fragment is what one stage does. A stage is matched with its fragment by the
 * SQL metrics that its tasks updated.
 */
final class PlanFragments {
    private static final Pattern CODEGEN_OR_STAGE =
            Pattern.compile("WholeStageCodegen.*|InputAdapter|AdaptiveSparkPlan.*|.*QueryStage.*");
    /** Ids of expressions, and what Spark names by a counter (both grow from query to query), and identities of objects. */
    private static final Pattern EXPRESSION_ID =
            Pattern.compile("#\\d+L?|(?<=_common_expr_)\\d+|(?<=lambda [a-z]_)\\d+|(?<=\\w)@[0-9a-f]+\\b");

    /** What a streaming query makes up for its operators when it starts. */
    private static final Pattern UUID =
            Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", Pattern.CASE_INSENSITIVE);

    private static final Pattern PLAN_ID = Pattern.compile(",? ?\\[(plan_)?id=#?\\d+\\]");
    private static final Pattern PLACE = Pattern.compile("[a-z0-9]+:/[^\\s,\\])]*", Pattern.CASE_INSENSITIVE);
    private static final Pattern FIRST_PLACE = Pattern.compile("\\[([^\\]]*?)(,|\\]|$)");
    /** Operators that say nothing of a stage's work to people. */
    private static final Set<String> SILENT = Set.of("Project", "Filter", "ColumnarToRow", "RowToColumnar");

    private final List<Fragment> fragments = new ArrayList<>();

    private PlanFragments() {}

    static PlanFragments of(SparkPlanInfo root) {
        PlanFragments plan = new PlanFragments();
        plan.cut(root, "");
        return plan;
    }

    /** What one stage does; inputs come before what reads them. */
    static final class Fragment {
        private final List<String> labels = new ArrayList<>();
        private final List<String> details = new ArrayList<>();
        private final Set<Long> accumulators = new HashSet<>();

        /** For people: {@code Scan lineitem → HashAggregate → Exchange}. */
        List<String> labels() {
            return List.copyOf(labels);
        }

        /** With their arguments, without anything that differs between two applications. */
        List<String> details() {
            return List.copyOf(details);
        }

        private void add(String label, String detail) {
            details.add(detail);
            if (!SILENT.contains(label)
                    && (labels.isEmpty() || !labels.get(labels.size() - 1).equals(label))) {
                labels.add(label);
            }
        }
    }

    /** The places of the fragments that a stage with these accumulators has worked on, in the plan's order. */
    List<Integer> matching(Set<Long> accumulators) {
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < fragments.size(); i++) {
            if (fragments.get(i).accumulators.stream().anyMatch(accumulators::contains)) {
                places.add(i);
            }
        }
        return places;
    }

    Fragment fragment(int place) {
        return fragments.get(place);
    }

    private void cut(SparkPlanInfo top, String sink) {
        Fragment fragment = new Fragment();
        visit(top, fragment);
        if (!sink.isEmpty()) {
            fragment.add(sink.substring(0, sink.indexOf('|')), sink.substring(sink.indexOf('|') + 1));
        }
        fragments.add(fragment);
    }

    private void visit(SparkPlanInfo node, Fragment fragment) {
        String name = node.nodeName().strip();
        if (isExchange(name)) {
            for (SQLMetricInfo metric : CollectionConverters.asJava(node.metrics())) {
                if (isRead(metric)) {
                    fragment.accumulators.add(metric.accumulatorId());
                }
            }
            int below = fragments.size();
            for (SparkPlanInfo child : CollectionConverters.asJava(node.children())) {
                cut(child, name + "|" + detail(node, name));
            }
            if (fragments.size() > below) {
                Fragment writer = fragments.get(fragments.size() - 1);
                for (SQLMetricInfo metric : CollectionConverters.asJava(node.metrics())) {
                    if (!isRead(metric)) {
                        writer.accumulators.add(metric.accumulatorId());
                    }
                }
            }
            return;
        }
        if (!name.startsWith("Reused")) {
            for (SparkPlanInfo child : CollectionConverters.asJava(node.children())) {
                visit(child, fragment);
            }
        }
        if (CODEGEN_OR_STAGE.matcher(name).matches()) {
            return;
        }
        for (SQLMetricInfo metric : CollectionConverters.asJava(node.metrics())) {
            fragment.accumulators.add(metric.accumulatorId());
        }
        fragment.add(label(node, name), detail(node, name));
    }

    private static boolean isExchange(String name) {
        return (name.endsWith("Exchange") && !name.startsWith("Reused"))
                || name.startsWith("Subquery")
                || name.startsWith("Scalar subquery");
    }

    /** Spark's descriptions of shuffle metrics begin with what is read or written. */
    private static boolean isRead(SQLMetricInfo metric) {
        String name = metric.name().toLowerCase(Locale.ROOT);
        return name.contains("read") || name.contains("fetch") || name.contains("merged");
    }

    private static String label(SparkPlanInfo node, String name) {
        return name.startsWith("Scan") ? ("Scan " + table(node)).strip() : normal(name);
    }

    private static String detail(SparkPlanInfo node, String name) {
        if (name.startsWith("Scan")) {
            return "Scan %s %s"
                    .formatted(
                            table(node),
                            EXPRESSION_ID.matcher(metadata(node, "ReadSchema")).replaceAll(""));
        }
        String whole = node.simpleString();
        // A place differs between profiles, and Spark cuts long ones anywhere.
        return normal(PLACE.matcher(whole).find() ? name : whole);
    }

    private static String normal(String text) {
        String withoutExpressions = EXPRESSION_ID.matcher(text).replaceAll("");
        return UUID.matcher(PLAN_ID.matcher(withoutExpressions).replaceAll("")).replaceAll("");
    }

    /** The last part of the first path that is scanned: the table's directory. */
    private static String table(SparkPlanInfo node) {
        Matcher first = FIRST_PLACE.matcher(metadata(node, "Location"));
        if (!first.find()) {
            return "";
        }
        String path = first.group(1);
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static String metadata(SparkPlanInfo node, String key) {
        scala.Option<String> value = node.metadata().get(key);
        return value.isDefined() ? value.get() : "";
    }
}
