using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Doctor;

/// <summary>All that a doctor found. Its JSON form is stable; <c>docs/doctor-json.md</c> describes it.</summary>
internal sealed record CheckupReport
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary><c>device</c> or <c>service</c>.</summary>
    public required string Side { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Of this program.</summary>
    public required string Version { get; init; }

    public required IReadOnlyList<CheckResult> Results { get; init; }

    /// <summary>The worst that was found; what was not tried does not count.</summary>
    public CheckOutcome Outcome => Results.Any(result => result.Finding.Outcome == CheckOutcome.Failed) ? CheckOutcome.Failed
        : Results.Any(result => result.Finding.Outcome == CheckOutcome.Warning) ? CheckOutcome.Warning
        : CheckOutcome.Ok;

    /// <summary>0: nothing failed; 4: all that failed is that the other side cannot be reached; 2: something must be mended.</summary>
    public int ExitCode
    {
        get
        {
            Finding[] failed = [.. Results.Select(result => result.Finding).Where(finding => finding.Outcome == CheckOutcome.Failed)];
            return failed.Length == 0 ? CommandLine.ExitCode.Done
                : failed.All(finding => finding.IsUnreachable) ? CommandLine.ExitCode.Unreachable
                : CommandLine.ExitCode.BadInput;
        }
    }

    /// <summary>How many ended how: <c>14 ok, 1 warning, 2 not tried</c>.</summary>
    public string Summary => string.Join(
        ", ",
        Results.GroupBy(result => result.Finding.Outcome).OrderBy(group => group.Key).Select(group => $"{group.Count()} {Word(group.Key)}"));

    public static string Word(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.NotTried => "not tried",
        _ => outcome.ToString().ToLowerInvariant(),
    };

    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            Side,
            At,
            Version,
            Outcome,
            Checks = Results.Select(result => new
            {
                result.Name,
                result.Did,
                result.Finding.Outcome,
                Found = result.Finding.Text,
                result.Finding.Mend,
                Unreachable = result.Finding.IsUnreachable ? true : (bool?)null,
                result.Seconds,
                result.LimitSeconds,
            }),
        },
        Format);

    /// <summary>The same as lines for people.</summary>
    public IEnumerable<string> ToLines() => [.. Results.SelectMany(Lines), Summary];

    /// <summary>Before a check is tried: what it does, and how long it may take.</summary>
    public static string Begin(string name, string deed, double limitSeconds) =>
        FormattableString.Invariant($"{name}: {deed} (at most {limitSeconds:0} s) … ");

    /// <summary>What was found, behind <see cref="Begin"/>.</summary>
    public static IEnumerable<string> End(Finding finding)
    {
        yield return SafeText.OneLine($"{Word(finding.Outcome)}: {finding.Text}");
        if (finding.Mend is { } mend)
        {
            yield return $"    mend: {SafeText.OneLine(mend)}";
        }
    }

    private static IEnumerable<string> Lines(CheckResult result)
    {
        string[] end = [.. End(result.Finding)];
        return [Begin(result.Name, result.Did, result.LimitSeconds) + end[0], .. end[1..]];
    }
}
