using System.Globalization;
using EdgeFlora.Contracts.Results;

namespace EdgeFlora.Protocol.Messages;

/// <summary>Checks the figures of a result: an agent may report anything.</summary>
internal static class ResultFigures
{
    /// <summary>What is wrong, in a sentence; null if nothing is.</summary>
    public static string? Wrong(ResultReady result)
    {
        if (result.Examples < 1)
        {
            return $"The result claims {result.Examples} examples; at least 1 is needed.";
        }

        if (result.TrainMs < 0 || result.Metrics.HeldOut < 0 || result.Metrics.HeldOutTokens < 0 || result.Metrics.TrainingTokens < 0)
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
            ("LossBefore", metrics.LossBefore), ("LossAfter", metrics.LossAfter), ("GlobalLoss", metrics.GlobalLoss), ("LocalLoss", metrics.LocalLoss),
            ("GlobalBitsPerByte", metrics.GlobalBitsPerByte), ("LocalBitsPerByte", metrics.LocalBitsPerByte),
        })
        {
            if (value is { } loss && !(double.IsFinite(loss) && loss >= 0))
            {
                return string.Create(CultureInfo.InvariantCulture, $"{name} is {loss}; a loss is a finite number of nats or bits, at least 0.");
            }
        }

        return null;
    }
}
