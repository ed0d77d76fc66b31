using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation;
using EdgeFlora.Cli.Report;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Demo;

/// <summary>
/// One round merged in several ways from the very same updates: what each agent has learnt alone, from the adapter that the run began with.
/// </summary>
/// <param name="labels">Names of the classes.</param>
/// <param name="test">The central test set.</param>
internal sealed class MergeComparison(
    BaseModel model, LoraAdapter start, IEngine engine, IReadOnlyList<string> labels, IReadOnlyList<Example> test)
{
    private const string FedIt = "FedIT";
    private const string Exact = "exact";

    private static readonly string[] Merged = [FedIt, "FloraNA", "OptimalRank"];

    /// <param name="updates">Each agent's adapter, with the number of texts that it learnt from.</param>
    /// <param name="steps">Optimiser steps that each was trained for.</param>
    public MergeFigures Measure(IReadOnlyList<(LoraAdapter Adapter, int Texts)> updates, int steps, CancellationToken stop)
    {
        Update[] sent = [.. updates.Select((update, agent) => new Update($"{agent:D3}", update.Texts, update.Adapter))];
        AggregationResult[] merged = [.. Merged.Select(strategy => Aggregator.Aggregate(Options(strategy), start, sent))];
        var rows = new (string Name, double Error, LoraAdapter Adapter)[Merged.Length + 1];
        for (int i = 0; i < Merged.Length; i++)
        {
            rows[i] = (Merged[i], merged[i].Divergence.Used, merged[i].Global);
        }

        rows[^1] = (Exact, 0, Stacked(sent, merged[0]));
        bool[][] right = [.. rows.Select(row => Right(row.Adapter, stop))];
        return new MergeFigures(
            steps,
            test.Count,
            [
                .. rows.Select((row, i) => new MergeRow(
                    row.Name, row.Error, Share(right[i]), Share(right[i]) - Share(right[0]), Margin(right[i], right[0]))),
            ]);
    }

    /// <summary>Two standard errors of the difference of two accuracies on the same texts, by the texts on which they disagree.</summary>
    internal static double Margin(bool[] one, bool[] other)
    {
        double ahead = one.Where((right, i) => right && !other[i]).Count();
        double behind = one.Where((right, i) => !right && other[i]).Count();
        double difference = ahead - behind;
        return 2 * Math.Sqrt(Math.Max(0, ahead + behind - (difference * difference / one.Length))) / one.Length;
    }

    /// <summary>The ideal mean of the updates itself: their factors side by side, at a rank that holds all of them.</summary>
    /// <param name="mean">Any merge of them: heads are averaged in the same way by all, by the same weights.</param>
    internal static LoraAdapter Stacked(Update[] updates, AggregationResult mean)
    {
        LoraSettings settings = mean.Global.Settings;
        int rank = settings.Rank * updates.Length;
        var modules = new Dictionary<string, LoraFactors>(StringComparer.Ordinal);
        foreach ((string name, LoraFactors factors) in mean.Global.Modules)
        {
            var a = new Matrix(rank, factors.Inputs);
            var b = new Matrix(factors.Outputs, rank);
            for (int u = 0; u < updates.Length; u++)
            {
                LoraFactors own = updates[u].Adapter.Modules[name];
                float weight = (float)mean.Weights.Single(w => w.AgentId == updates[u].AgentId).Share;
                own.A.Values.CopyTo(a.Values[(u * settings.Rank * factors.Inputs)..]);
                for (int row = 0; row < factors.Outputs; row++)
                {
                    for (int k = 0; k < settings.Rank; k++)
                    {
                        b.Values[(row * rank) + (u * settings.Rank) + k] = weight * own.B.Values[(row * settings.Rank) + k];
                    }
                }
            }

            modules.Add(name, new LoraFactors(a, b));
        }

        return new LoraAdapter(settings with { Rank = rank, Alpha = settings.Alpha * updates.Length }, modules, mean.Global.Saved);
    }

    /// <summary>The merge itself: nothing is clipped, and the aggregate is what is published.</summary>
    private static AggregationOptions Options(string strategy) => new() { Strategy = strategy, ClipFactor = 0, Threads = 1 };

    /// <summary>Whether each text of the central test set is labelled right.</summary>
    private bool[] Right(LoraAdapter adapter, CancellationToken stop)
    {
        using IFineTuning tuning = engine.Start(model, adapter, labels, [], DemoBudget.Plan(1, seed: 0));
        return [.. tuning.Predict(test, stop).Select((scores, i) => Array.IndexOf(scores, scores.Max()) == test[i].Label)];
    }

    private static double Share(bool[] right) => right.Count(each => each) / (double)right.Length;
}
