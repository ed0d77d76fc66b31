using System.Globalization;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Coordinator.Waits;

/// <summary>How far an agent last said it is with a task.</summary>
/// <param name="Step">Optimiser steps done.</param>
/// <param name="Total">Optimiser steps in all; 0: not known.</param>
/// <param name="Loss">Mean loss of the last steps, nats.</param>
/// <param name="Waiting">What it waits for; null: for nothing.</param>
internal sealed record TaskAdvance(int Round, TaskPhase Phase, int Step, int Total, double? Loss, string? Waiting = null)
{
    /// <summary>In a few words: <c>training, 62 %</c>.</summary>
    public string Words => Phase switch
    {
        TaskPhase.Preparing => "preparing",
        TaskPhase.Fetching when Waiting is not null => $"fetching the model: {Waiting}",
        TaskPhase.Fetching when Total > 0 => $"fetching the model, {Percent} %",
        TaskPhase.Fetching => "fetching the model",
        TaskPhase.Training when Total > 0 => $"training, {Percent} %",
        TaskPhase.Training => "training",
        TaskPhase.Evaluating => "measuring",
        TaskPhase.Packing => "packing its update",
        TaskPhase.Uploading => "sending its update",
        TaskPhase.Reporting => "reporting its result",
        _ => throw new ArgumentOutOfRangeException(nameof(Phase), Phase, "A phase without words."),
    };

    private string Percent => Math.Clamp(100L * Step / Total, 0, 100).ToString(CultureInfo.InvariantCulture);
}
