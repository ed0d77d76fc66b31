using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Demo;

/// <summary>How much and how fast a demo trains, chosen on two processor cores: enough to learn the task within a minute.</summary>
internal static class DemoBudget
{
    /// <summary>Optimiser steps of an agent in a round.</summary>
    public const int Steps = 80;

    /// <summary>Examples per step.</summary>
    public static int Batch => RunDefaults.Training.BatchSize;

    public static double LearningRate => RunDefaults.Training.LearningRate;

    public static int MaxTokens => RunDefaults.Training.MaxTokens;

    public static double LogitAdjustment => RunDefaults.LogitAdjustment(LearningTask.Classification);

    public static double ServerRate => RunDefaults.ServerRate(isPrivate: false);

    public static double Alpha(int rank) => RunDefaults.Alpha(rank, AdapterVariant.Lora);

    /// <summary>Adapted modules.</summary>
    public const string Targets = "query,value";

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
