using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Files;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.Report;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Output;

namespace EdgeFlora.Cli.Demo;

/// <summary>Puts a demo's result together from the ledger, the adapter and the baselines.</summary>
internal static class ResultAssembly
{
    public static DemoResult Of(
        DemoOptions options,
        DemoFolder folder,
        RunLedger ledger,
        LoraAdapter adapter,
        Baselines.Accuracies? baselines,
        SecondTotals seconds,
        IReadOnlyList<FaultResult> faults)
    {
        RoundResult[] rounds = [.. ledger.Rounds.Select(round => Round(round, ledger))];
        long accepted = ledger.Rounds.Sum(round => (long)(round.Figures?.Accepted.Count ?? 0));
        int last = ledger.Evaluations.Select(evaluation => evaluation.Round).DefaultIfEmpty(0).Max();
        return new DemoResult
        {
            Seed = options.Seed,
            Strategy = options.Strategy,
            Agents = options.Agents,
            Rounds = rounds,
            BaseAccuracy = ledger.Accuracy(0) ?? throw new DemoFailedException("the base model was not measured"),
            LocalOnlyAccuracyMean = baselines?.Alone.Average(),
            FinalGlobalAccuracy = ledger.Accuracy(last) ?? throw new DemoFailedException("the last global adapter was not measured"),
            CentralisedAccuracy = baselines?.Centralised,
            Bytes = new ByteTotals(
                rounds.Sum(round => round.BytesUp),
                accepted * adapter.ParameterCount * sizeof(float),
                accepted * new FileInfo(Path.Combine(options.Model, "model.safetensors")).Length),
            Seconds = seconds,
            Faults = faults,
            Adapter = folder.Adapter,
            AdapterSha256 = ContentHash.Sha256(File.ReadAllBytes(Path.Combine(folder.Adapter, PeftFolder.TensorsName))),
        };
    }

    private static RoundResult Round(RoundRecord round, RunLedger ledger)
    {
        RoundFigures? figures = round.Figures;
        double[] local = [.. round.Agents.Where(agent => figures?.Accepted.Contains(agent.AgentId) == true)
            .Select(agent => agent.Metrics.LocalAccuracy).OfType<double>()];
        return new RoundResult
        {
            Round = round.Round,
            Offered = figures?.Offered ?? 0,
            Accepted = figures?.Accepted.Count ?? 0,
            Dropped = figures?.Dropped.Count ?? 0,
            Late = figures?.Late.Count ?? 0,
            Rejected = [.. (figures?.Rejected ?? []).Select(refused => new Refusal(refused.AgentId, refused.Reason))],
            Divergence = figures is { DivergenceUsed: { } used, DivergenceFedIt: { } fedIt, DivergenceBound: { } bound }
                ? new DivergenceResult(used, fedIt, bound)
                : null,
            GlobalAccuracy = ledger.Accuracy(round.Round),
            LocalAccuracyMean = local.Length > 0 ? local.Average() : null,
            BytesUp = figures?.BytesUp ?? 0,
            BytesDown = figures?.BytesDown ?? 0,
            Seconds = Math.Round((figures?.Milliseconds ?? 0) / 1e3, 3),
        };
    }
}
