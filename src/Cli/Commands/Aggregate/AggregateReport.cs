using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Streaming;

namespace EdgeFlora.Cli.Commands.Aggregate;

/// <summary>What <c>edgeflora aggregate --json</c> writes. Additions are allowed, names and meanings stay.</summary>
/// <param name="Strategy">As asked for.</param>
/// <param name="Agents">Folders given.</param>
/// <param name="Divergence">Errors over all modules.</param>
/// <param name="Modules">One entry a module, by name.</param>
/// <param name="Clipped">Folders whose update was shortened, with the factor.</param>
/// <param name="Robust">What the rule against outliers did to whom; null without one.</param>
/// <param name="Labels">Names of the classes in the order of the head's rows; null if no folder names them.</param>
/// <param name="Seconds">Reading, merging and writing the adapter.</param>
/// <param name="PeakBytes">Largest resident memory of the process.</param>
internal sealed record AggregateReport(
    string Strategy, int Agents, DivergenceSummary Divergence, IReadOnlyList<AggregateModule> Modules, IReadOnlyDictionary<string, double> Clipped,
    AggregateRobustness? Robust, IReadOnlyList<string>? Labels, double Seconds, long PeakBytes)
{
    public static AggregateReport Of(MergeRequest request, MergeResult merged, double seconds)
    {
        string[] order = [.. request.Folders];
        return new AggregateReport(
            request.Options.Strategy,
            order.Length,
            merged.Divergence,
            [.. merged.Modules.Select(module => AggregateModule.Of(module, order, request.Broadcast is not null))],
            merged.Weights.Where(weight => weight.Clip < 1).ToDictionary(weight => weight.AgentId, weight => weight.Clip, StringComparer.Ordinal),
            AggregateRobustness.Of(request.Options, merged),
            merged.Labels,
            Math.Round(seconds, 3),
            Process.GetCurrentProcess().PeakWorkingSet64);
    }

    public void Print(TextWriter text, string folder, string? deltaFolder)
    {
        text.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Agents} adapters, {Modules.Count} modules, {Strategy}: error {Divergence.Used:F4} (FedIT {Divergence.FedIt:F4}, "
                + $"bound {Divergence.Bound:F4}), {Seconds:F1} s, {PeakBytes >> 20} MiB"));
        foreach (string line in Robust?.Lines() ?? [])
        {
            text.WriteLine(line);
        }

        foreach ((string who, int modules) in Modules.SelectMany(module => module.Regauged).CountBy(who => who, StringComparer.Ordinal)
            .OrderBy(who => who.Key, StringComparer.Ordinal))
        {
            text.WriteLine($"  factors brought back to the broadcast gauge in {modules} modules: {who}");
        }

        text.WriteLine($"  {folder}");
        if (deltaFolder is not null)
        {
            text.WriteLine($"  {deltaFolder} (to be added to the base weights)");
        }
    }
}
