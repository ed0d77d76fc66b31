using EdgeFlora.Adapters;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Demo;

/// <summary>How much and how fast a demo trains, chosen on two processor cores: enough to learn the task within a minute.</summary>
internal static class DemoBudget
{
    /// <summary>Optimiser steps of an agent in a round.</summary>
    public const int Steps = 60;

    /// <summary>
    /// Optimiser steps of a baseline for each agent's data: enough for agents alone, who hold too little to gain from more, and for all data in one
    /// place, which is still learning but far beyond them. A run's whole budget would take longer than the run.
    /// </summary>
    public const int BaselineSteps = 60;

    /// <summary>Examples per step.</summary>
    public const int Batch = 16;

    public const double LearningRate = RunDefaults.LearningRate;

    public const int MaxTokens = 64;

    public const double LogitAdjustment = RunDefaults.LogitAdjustment;

    /// <summary>Numerator of the LoRA scale, as a multiple of the rank, so that the scale does not depend on it.</summary>
    public const double AlphaPerRank = 2;

    /// <summary>Adapted modules.</summary>
    public const string Targets = "query,value";

    /// <summary>The adapter that a run of the demo trains.</summary>
    public static LoraSettings Lora(int rank) => new() { Rank = rank, Alpha = rank * AlphaPerRank, TargetModules = Targets.Split(',') };

    /// <summary>The plan of a baseline that has <paramref name="steps"/> steps.</summary>
    public static TrainingPlan Plan(int steps, ulong seed) => new()
    {
        Steps = steps,
        BatchSize = Batch,
        LearningRate = LearningRate,
        MaxTokens = MaxTokens,
        LogitAdjustment = LogitAdjustment,
        Seed = seed,
    };
}
