using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeFlora.Experiments;
using EdgeFlora.Experiments.Results;
using EdgeFlora.Storage;

namespace EdgeFlora.Cli.Commands.Experiments;

/// <summary>What an experiment leaves for people beside its results: report, tables and figures.</summary>
internal static class ExperimentFolder
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Writes report.html, summary.md, summary.tex, summary.csv, rounds.csv and figures.json.</summary>
    /// <returns>Lines for the terminal: the summary, and where the rest is.</returns>
    public static IEnumerable<string> Write(string folder, ExperimentResult result)
    {
        var markdown = new StringBuilder();
        var latex = new StringBuilder();
        var csv = new StringBuilder();
        foreach (Regime regime in result.Experiment.Regimes)
        {
            Table summary = ResultTables.Summary(result, regime);
            markdown.Append(CultureInfo.InvariantCulture, $"**{regime}**\n\n").Append(summary.Markdown()).Append('\n');
            latex.Append(CultureInfo.InvariantCulture, $"% {regime}\n").Append(summary.Latex()).Append('\n');
            csv.Append(CultureInfo.InvariantCulture, $"# {regime}\r\n").Append(summary.Csv());
        }

        string report = Path.Combine(folder, "report.html");
        Write(report, ExperimentReport.Render(result));
        Write(Path.Combine(folder, "summary.md"), Encoding.UTF8.GetBytes(markdown.ToString()));
        Write(Path.Combine(folder, "summary.tex"), Encoding.UTF8.GetBytes(latex.ToString()));
        Write(Path.Combine(folder, "summary.csv"), Encoding.UTF8.GetBytes(csv.ToString()));
        Write(Path.Combine(folder, "rounds.csv"), Encoding.UTF8.GetBytes(ResultTables.Rounds(result).Csv()));
        var figures = new { result.Texts, result.Model, result.Cells, result.Baselines };
        Write(Path.Combine(folder, "figures.json"), JsonSerializer.SerializeToUtf8Bytes(figures, Json));
        return [.. markdown.ToString().TrimEnd().Split('\n'), "", $"Report: {report}; tables as Markdown, LaTeX and CSV beside it."];
    }

    private static void Write(string path, byte[] content) => AtomicFile.Write(path, stream => stream.Write(content));
}
