using EdgeFlora.Adapters;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.LearningTasks;

/// <summary>What a task starts from.</summary>
/// <param name="Model">The base model, with all that the run has folded into it.</param>
/// <param name="Adapter">The published adapter, with the agent's own factors where it keeps some.</param>
/// <param name="Frozen">Factors that training leaves alone.</param>
internal sealed record TrainingStart(BaseModel Model, LoraAdapter Adapter, FrozenFactors Frozen)
{
    /// <summary>What all steps together take off what is trained; null: nothing.</summary>
    public LoraAdapter? Correction { get; init; }

    /// <summary>With what savings the task fits into this device's memory.</summary>
    public MemorySavings Savings { get; init; } = MemorySavings.None;
}
