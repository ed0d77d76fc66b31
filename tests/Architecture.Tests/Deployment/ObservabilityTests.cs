using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeFlora.Coordinator.Telemetry;
using EdgeFlora.EdgeAgent.Telemetry;
using EdgeFlora.Transport.Telemetry;
using YamlDotNet.Serialization;

namespace EdgeFlora.Architecture.Tests.Deployment;

/// <summary>Dashboard and alert rules in infra/observability speak of metrics that there are, and the operator's guide of every alarm.</summary>
public sealed partial class ObservabilityTests
{
    private static readonly string[] AnyLabels = ["le", "job", "instance"];

    private static readonly Dictionary<string, MetricDefinition> Series =
        CoordinatorMetrics.All.Concat(AgentMetrics.All).SelectMany(SeriesOf).ToDictionary();

    private static string Folder => Path.Combine(SourceTree.Root, "infra", "observability");

    [Fact]
    public void Alert_rules_are_whole_and_name_metrics_that_there_are()
    {
        IReadOnlyList<Dictionary<string, object>> rules = Rules();

        Assert.NotEmpty(rules);
        Assert.All(rules, rule => Assert.Empty(rule.Keys.Except(["alert", "expr", "for", "labels", "annotations"])));
        Assert.All(rules, rule => Check((string)rule["expr"]));
        Assert.All(rules, rule => Assert.Contains(((Dictionary<object, object>)rule["labels"])["severity"], new object[] { "critical", "warning" }));
        Assert.All(rules.Where(rule => rule.ContainsKey("for")), rule => Assert.Matches("^[0-9]+[smh]$", (string)rule["for"]));
        Assert.Equal(rules.Count, rules.Select(rule => rule["alert"]).Distinct().Count());
    }

    [Fact]
    public void The_operators_guide_says_what_each_alarm_means()
    {
        string guide = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "operate.md"));
        string[] told = [.. AlarmRow().Matches(guide).Select(row => row.Groups[1].Value)];

        Assert.Equal(Rules().Select(rule => (string)rule["alert"]), told);
        Assert.All(Rules(), rule => Assert.Equal("docs/operate.md#watching", ((Dictionary<object, object>)rule["annotations"])["runbook"]));
        Assert.Contains("\n## Watching\n", guide, StringComparison.Ordinal);
    }

    [Fact]
    public void The_dashboard_shows_metrics_that_there_are_and_every_one_of_the_service()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "grafana-dashboard.json")));
        JsonElement[] panels = [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()];
        string[] shown =
        [
            .. panels.SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!),
        ];

        Assert.All(shown, Check);
        Assert.Equal(panels.Length, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(panels, panel => Assert.Equal("${source}", panel.GetProperty("datasource").GetProperty("uid").GetString()));
        Assert.Empty(CoordinatorMetrics.All.Except([CoordinatorMetrics.Term])
            .Where(metric => !shown.Any(expression => expression.Contains(metric.PrometheusName, StringComparison.Ordinal)))
            .Select(metric => metric.Name));
    }

    [Theory]
    [InlineData("edgeflora_unheard_of > 1", "edgeflora_unheard_of is no metric")]
    [InlineData("edgeflora_agents{stat=\"online\"} == 0", "edgeflora_agents has no label stat")]
    [InlineData("sum by (outcom) (edgeflora_rounds_total)", "no metric of the expression has the label outcom")]
    [InlineData("edgeflora_merge_duration_seconds > 1", "edgeflora_merge_duration_seconds is no metric")]
    public void Wrong_expressions_are_found(string expression, string problem) =>
        Assert.Contains(problem, Assert.ThrowsAny<Exception>(() => Check(expression)).Message, StringComparison.Ordinal);

    private static IReadOnlyList<Dictionary<string, object>> Rules()
    {
        string text = File.ReadAllText(Path.Combine(Folder, "alert-rules.yaml"));
        var file = new DeserializerBuilder().Build().Deserialize<Dictionary<string, List<Group>>>(text);
        return [.. Assert.Single(file).Value.SelectMany(group => group.Rules)];
    }

    private static void Check(string expression)
    {
        List<MetricDefinition> used = [];
        foreach (Match match in Selector().Matches(expression))
        {
            string name = match.Groups["name"].Value;
            Assert.True(Series.TryGetValue(name, out MetricDefinition? metric), $"{name} is no metric: {expression}");
            used.Add(metric);
            foreach (Match label in LabelKey().Matches(match.Groups["labels"].Value))
            {
                string key = label.Groups[1].Value;
                Assert.True(metric.Labels.Concat(AnyLabels).Contains(key), $"{name} has no label {key}: {expression}");
            }
        }

        foreach (Match by in By().Matches(expression))
        {
            foreach (string label in by.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                bool isKnown = used.SelectMany(metric => metric.Labels).Concat(AnyLabels).Contains(label);
                Assert.True(isKnown, $"no metric of the expression has the label {label}: {expression}");
            }
        }

        Assert.Equal(expression.Count(c => c == '('), expression.Count(c => c == ')'));
        Assert.NotEmpty(used);
    }

    private static IEnumerable<KeyValuePair<string, MetricDefinition>> SeriesOf(MetricDefinition metric) =>
        (metric.Kind == MetricKind.Histogram ? new[] { "_bucket", "_sum", "_count" } : [""])
            .Select(end => KeyValuePair.Create(metric.PrometheusName + end, metric));

    [GeneratedRegex(@"(?<name>edgeflora_[a-z_]+)(\{(?<labels>[^}]*)\})?")]
    private static partial Regex Selector();

    [GeneratedRegex("""([a-z_]+)\s*(=~|!~|!=|=)\s*"[^"]*""" + "\"")]
    private static partial Regex LabelKey();

    [GeneratedRegex(@"by \(([^)]*)\)")]
    private static partial Regex By();

    [GeneratedRegex(@"^\| `(EdgeFlora[A-Za-z]+)` \|", RegexOptions.Multiline)]
    private static partial Regex AlarmRow();

    /// <summary>A group of rules as its file has it.</summary>
    private sealed class Group
    {
        [YamlMember(Alias = "name")]
        public string Name { get; set; } = "";

        [YamlMember(Alias = "rules")]
        public List<Dictionary<string, object>> Rules { get; set; } = [];
    }
}
