using System.Globalization;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Runs;

namespace EdgeFlora.Coordinator.Evaluation;

/// <summary>Compares the models of a run's rounds by what was measured of them, where its settings ask for that.</summary>
/// <param name="mayBeMeasured">Whether an evaluator may still have the model of a round to measure.</param>
internal sealed class ModelQuality(RunFacts facts, LiveRun state, Func<int, bool> mayBeMeasured)
{
    private BestModelOptions? Best => facts.Options.Rounds.Best;

    private string Metric => Best!.HigherIsBetter ? "accuracy" : "loss";

    /// <summary>Why the run ends before all its rounds are done, in a sentence; null: it goes on.</summary>
    public string? Stalled =>
        Best is { Patience: { } patience } best
        && ModelChoice.StalledSince(Figures, best.HigherIsBetter, patience, best.MinDelta) is { } since
            ? string.Create(CultureInfo.InvariantCulture, $"stopped early: no better {Metric} since round {since}")
            : null;

    /// <summary>The model that is the run's as things stand; null: there is none but the first adapter.</summary>
    public PublishedModel? Choice
    {
        get
        {
            if (state.NewestModel == 0)
            {
                return null;
            }

            if (Best is not { Keep: true } best)
            {
                return new PublishedModel(state.NewestModel, Reason: null);
            }

            ModelFigure[] whole = [.. Figures.Where(figure => state.IsWhole(state.Models[figure.Round]))];
            return ModelChoice.Best(whole, best.HigherIsBetter) is { } chosen
                ? new PublishedModel(chosen.Round, string.Create(
                    CultureInfo.InvariantCulture,
                    $"best {Metric} of {whole.Count(figure => figure.Known is not null)} measured rounds: {chosen.Value:0.####}, by the {Whose}"))
                : new PublishedModel(state.NewestModel, $"the newest: no {Whose} measured the {Metric} of a round");
        }
    }

    private string Whose => Best!.By == MeasuredBy.Agents ? "agents" : "evaluator";

    private IEnumerable<ModelFigure> Figures => state.Models.Keys.Where(round => round > 0).Select(
        round => new ModelFigure(round, state.Figures.Of(round), Best!.By == MeasuredBy.Agents ? round == state.NewestModel : mayBeMeasured(round)));

    /// <summary>Rounds whose models have to stay on the disk for the choice.</summary>
    public IReadOnlySet<int> Kept
    {
        get
        {
            if (Best is not { Keep: true } best)
            {
                return new HashSet<int>();
            }

            ModelFigure[] figures = [.. Figures];
            HashSet<int> kept = [.. figures.Where(figure => figure.MayCome).Select(figure => figure.Round)];
            if ((state.Published?.Round ?? ModelChoice.Best(figures, best.HigherIsBetter)?.Round) is { } chosen)
            {
                kept.Add(chosen);
            }

            return kept;
        }
    }

    /// <summary>Results of a round count: what their agents measured is of the model that they started from.</summary>
    /// <param name="start">Round of that model.</param>
    public void Counted(int start, IEnumerable<StoredResult> results)
    {
        if (Best?.By == MeasuredBy.Agents)
        {
            // A late result's agent has measured an older model, which has its figure.
            foreach (StoredResult result in results.Where(result => !result.IsLate))
            {
                Add(start, result.Agent, result.Examples, result.Metrics);
            }
        }
    }

    /// <summary>An evaluator has measured a model.</summary>
    public void MeasuredCentrally(int round, string agent, ResultMetrics metrics)
    {
        if (Best?.By == MeasuredBy.Evaluator)
        {
            Add(round, agent, int.MaxValue, metrics);
        }
    }

    /// <summary>An agent has measured a model on its held-out data at the end of the run.</summary>
    public void MeasuredAtAgent(int round, string agent, ResultMetrics metrics)
    {
        if (Best?.By == MeasuredBy.Agents)
        {
            Add(round, agent, state.Agents.GetValueOrDefault(agent)?.Examples ?? 0, metrics);
        }
    }

    /// <summary>Brings back what an earlier coordinator knew.</summary>
    /// <param name="counted">The results that count in a committed round.</param>
    public void Recall(RunReader reader, Func<int, IEnumerable<StoredResult>> counted)
    {
        if (Best is null)
        {
            return;
        }

        int start = 0;
        foreach (int round in Best.By == MeasuredBy.Agents ? state.Models.Keys.Where(round => round > 0).ToArray() : [])
        {
            Counted(start, counted(round));
            start = round;
        }

        foreach (StoredEvaluation evaluation in reader.Evaluations())
        {
            MeasuredCentrally(evaluation.Round, evaluation.Agent, evaluation.Metrics);
        }

        foreach (StoredEvaluation evaluation in reader.AgentMeasures())
        {
            MeasuredAtAgent(evaluation.Round, evaluation.Agent, evaluation.Metrics);
        }
    }

    /// <param name="most">What an agent's held-out examples weigh at most, for it may state any number of them.</param>
    private void Add(int round, string agent, int most, ResultMetrics metrics) => state.Figures.Add(
        round, agent, Math.Min(metrics.HeldOut, most), Best!.HigherIsBetter ? metrics.GlobalAccuracy : metrics.GlobalLoss);
}
