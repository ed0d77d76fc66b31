using System.CommandLine;
using System.Reflection;
using System.Text.RegularExpressions;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Telemetry;

namespace EdgeFlora.Architecture.Tests.Reference;

/// <summary>Variables of the environment.</summary>
internal static partial class EnvironmentPage
{
    private static readonly string[] Assemblies = ["EdgeFlora.EdgeAgent", "EdgeFlora.Learning", "EdgeFlora.Testing", "edgeflora"];

    /// <summary>Of each variable of ours what it says, by name.</summary>
    public static SortedDictionary<string, string> Own
    {
        get
        {
            var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (string assembly in Assemblies)
            {
                var comments = new CodeComments(assembly);
                foreach (FieldInfo constant in Constants(assembly))
                {
                    variables[(string)constant.GetRawConstantValue()!] = comments.Of(constant.DeclaringType!, constant.Name);
                }
            }

            foreach (Option option in new BrokerArguments().All)
            {
                if (Named().Match(option.Description ?? "") is { Success: true } named)
                {
                    variables[named.Groups["name"].Value] = $"{named.Groups["what"].Value} (`{option.Name}`).";
                }
            }

            return variables;
        }
    }

    public static string Text() =>
        "# Variables of the environment\n\nOf EdgeFlora's programs. Options of the command line count before them, and they before files of "
        + "settings. None is needed. An agent hands none of ours on to its owner's trainer.\n\n"
        + Table.Of(["Variable", "What it says"], Own.Select(variable => (string[])[Table.Code(variable.Key), variable.Value]))
        + "\n## Of others\n\n| Variable | What it does here |\n| --- | --- |\n"
        + $"| {string.Join(", ", TelemetrySettings.Variables.Select(Table.Code))} | OpenTelemetry's: where traces, metrics and logs go, if anywhere "
        + "([operate.md](../operate.md#traces-and-logs)) |\n"
        + string.Concat(Others.Select(other => $"| `{other.Key}` | {other.Value} |\n"));

    private static readonly SortedDictionary<string, string> Others = new(StringComparer.Ordinal)
    {
        ["CREDENTIALS_DIRECTORY"] =
            "systemd's folder of credentials: the files `broker-password`, `store-password` and `s3-secret-key` in it hold secrets",
        ["CUDA_VISIBLE_DEVICES"] = "NVIDIA's: which GPUs the torch engine may see",
        ["NOTIFY_SOCKET"] = "systemd's: where a service says that it is ready, and what it does",
        ["WATCHDOG_USEC"] = "systemd's: how often a service must say that it is alive",
    };

    private static IEnumerable<FieldInfo> Constants(string assembly) => Assembly.Load(assembly).GetTypes()
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(field => field.IsLiteral && field.GetRawConstantValue() is string text && Variable().IsMatch(text));

    /// <summary>As options of the broker name their variables.</summary>
    [GeneratedRegex("^(?<what>.*); without it the environment's (?<name>EDGEFLORA_[A-Z0-9_]+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Named();

    [GeneratedRegex("^EDGEFLORA_[A-Z0-9_]+$")]
    private static partial Regex Variable();
}
