using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Results;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Training;

namespace EdgeFlora.EdgeAgent.Trainers;

/// <summary>Puts together what a trainer that is not EdgeFlora's came to.</summary>
internal static class TrainerUpdate
{
    /// <param name="trained">Null where nothing was trained.</param>
    /// <param name="before">How well the published adapter does; null where that is not told.</param>
    /// <param name="after">How well the trained one does; null likewise.</param>
    public static TrainedUpdate Of(LoraAdapter? trained, HeldOutFigures? before, HeldOutFigures? after, LossTrace trace, ILocalTask task)
    {
        var metrics = new ResultMetrics
        {
            LossBefore = trace.Before,
            LossAfter = trace.After,
            GlobalAccuracy = before?.Accuracy,
            GlobalLoss = before?.Loss,
            GlobalMacroF1 = before?.MacroF1,
            GlobalBitsPerByte = before?.BitsPerByte,
            HeldOut = before is null ? 0 : task.HeldOut,
            HeldOutTokens = before?.Tokens,
            LocalAccuracy = after?.Accuracy,
            LocalLoss = after?.Loss,
            LocalBitsPerByte = after?.BitsPerByte,
            TrainingTokens = trained is null ? null : task.TrainingTokens,
        };
        return new TrainedUpdate(trained, metrics, trained is null ? task.HeldOut : task.Training, 0);
    }
}
