using System.Globalization;
using EdgeFlora.Contracts.Results;

namespace EdgeFlora.Protocol.Messages;

/// <summary>Checks the figures of a result: an agent may report anything.</summary>
internal static class ResultFigures
{
    /// <summary>What is wrong, in a sentence; null if nothing is.</summary>
    /// <param name="labels">Labels of the run; 0 for a language model.</param>
    public static string? Wrong(ResultReady result, int labels)
    {
        if (result.Examples < 1)
        {
            return $"The result claims {result.Examples} examples; at least 1 is needed.";
        }

        if (result.TrainMs < 0 || result.TransferMs < 0 || result.Metrics is { HeldOut: < 0 } or { HeldOutTokens: < 0 } or { TrainingTokens: < 0 })
        {
            return "The result claims a negative time or number of examples or tokens.";
        }

        ResultMetrics metrics = result.Metrics;
        foreach ((string name, double? value) in new[]
        {
            ("GlobalAccuracy", metrics.GlobalAccuracy), ("LocalAccuracy", metrics.LocalAccuracy), ("GlobalMacroF1", metrics.GlobalMacroF1),
        })
        {
            if (value is { } fraction && !(fraction >= 0 && fraction <= 1))
            {
                return string.Create(CultureInfo.InvariantCulture, $"{name} is {fraction}; it is a fraction from 0 to 1.");
            }
        }

        foreach ((string name, double? value) in new[]
        {
            ("LossBefore", metrics.LossBefore), ("LossAfter", metrics.LossAfter),
            ("GlobalLoss", metrics.GlobalLoss), ("LocalLoss", metrics.LocalLoss),
            ("GlobalBitsPerByte", metrics.GlobalBitsPerByte), ("LocalBitsPerByte", metrics.LocalBitsPerByte),
        })
        {
            if (value is { } loss && !(double.IsFinite(loss) && loss >= 0))
            {
                return string.Create(CultureInfo.InvariantCulture, $"{name} is {loss}; a loss is a finite number of nats or bits, at least 0.");
            }
        }

        if (metrics is { KeepsOwn: true, LocalAccuracy: null, LocalLoss: null })
        {
            return "The result says that the agent keeps its own adapter, and not how good that is.";
        }

        return metrics.ByLabel is { } counts ? Wrong(counts, metrics, labels) : null;
    }

    private static string? Wrong(LabelCounts counts, ResultMetrics metrics, int labels)
    {
        if (counts is not { Actual: not null, Predicted: not null, Right: not null }
            || counts.Actual.Count != labels || counts.Predicted.Count != labels || counts.Right.Count != labels)
        {
            return string.Create(CultureInfo.InvariantCulture, $"ByLabel has not {labels} counts of each kind, one for each label.");
        }

        for (int label = 0; label < labels; label++)
        {
            if (counts.Right[label] < 0 || counts.Right[label] > Math.Min(counts.Actual[label], counts.Predicted[label]))
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"ByLabel has {counts.Right[label]} right of {counts.Actual[label]} that have label {label + 1} ")
                    + string.Create(CultureInfo.InvariantCulture, $"and {counts.Predicted[label]} given it.");
            }
        }

        long actual = counts.Actual.Sum(count => (long)count);
        long predicted = counts.Predicted.Sum(count => (long)count);
        return actual == metrics.HeldOut && predicted == metrics.HeldOut
            ? null
            : string.Create(
                CultureInfo.InvariantCulture, $"ByLabel counts {actual} examples and {predicted} predictions; HeldOut is {metrics.HeldOut}.");
    }
}
