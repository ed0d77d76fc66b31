using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Engines;

/// <summary>What an engine of a product's is to do.</summary>
public sealed record TrainingTask
{
    /// <summary>Whether to train; else only <see cref="Adapter"/> is measured.</summary>
    public required bool Trains { get; init; }

    /// <summary>What is learnt.</summary>
    public required LearningTask Task { get; init; }

    /// <summary>Round of the run, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>Folder of the base model in Hugging Face's layout; its weights stay frozen.</summary>
    public required string ModelFolder { get; init; }

    /// <summary>SHA-256 of the base model's weights, in hexadecimal digits.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>File of what the run has folded into the base weights (docs/base-delta.md), to be added to them; null: nothing.</summary>
    public string? BaseDeltaFile { get; init; }

    /// <summary>The adapter to start from, or to measure. Not to be changed.</summary>
    public required LoraAdapter Adapter { get; init; }

    /// <summary>Names of the classes, in the order of the head's rows; empty for a language model.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>What to train on; empty where nothing is trained.</summary>
    public required IReadOnlyList<TokenRow> TrainingRows { get; init; }

    /// <summary>What to measure on; empty if nothing is to be measured.</summary>
    public required IReadOnlyList<TokenRow> HeldOutRows { get; init; }

    /// <summary>How to train: steps, batches, optimiser, rate, seed, frozen factors.</summary>
    public required TrainingPlan Plan { get; init; }

    /// <summary>Steps after which a checkpoint is due; 0: none is.</summary>
    public required int CheckpointEverySteps { get; init; }

    /// <summary>
    /// Folder for the engine's checkpoints, readable by the agent's user alone. It stays until the task ends, whatever happens to the agent.
    /// </summary>
    public required string CheckpointFolder { get; init; }

    /// <summary>
    /// Rows of <see cref="TrainingRows"/> that a step trains on, as every other engine would: <see cref="TrainingPlan.ExamplesPerStep"/> places.
    /// </summary>
    /// <param name="step">From 0.</param>
    /// <exception cref="InvalidOperationException">There are no rows.</exception>
    public int[] RowsOf(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (TrainingRows.Count == 0)
        {
            throw new InvalidOperationException("The task has no rows to train on.");
        }

        int[] rows = new int[Plan.ExamplesPerStep];
        new BatchOrder(TrainingRows.Count, Plan.Seed).Fill(step, rows);
        return rows;
    }
}
