using EdgeFlora.Coordinator.Specs.Sections;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Experiments.Files;

/// <summary>All there is to say in an experiment file. How agents train and adapters are merged is said as in a run spec.</summary>
internal static class ExperimentSections
{
    public static readonly Setting<string?> Name = new("name", "Name of the experiment, for people.", "Name", new TextType(100), "experiment");

    public static readonly Setting<string?> Note = new("note", "What it is meant to show.", "Note", new TextType(1000), null);

    public static readonly Setting<string?> Model = new(
        "model",
        "Folder of the base model, from the file's own folder on. Without it: the one that comes with EdgeFlora.",
        "BaseModelFolder",
        new TextType(1000),
        null);

    public static readonly Setting<int> Rounds = new(
        "rounds", "Rounds of every method.", "Rounds:Count", new WholeType(1, 1000, "rounds"), 10);

    public static readonly Setting<IReadOnlyList<ulong>> Seeds = new(
        "seeds",
        "Repetitions: each seed has its own split of the data, first adapter and order of batches.",
        "Seed",
        new AxisType<ulong>(new SeedType(), 100),
        [1, 2, 3]);

    public static readonly Setting<IReadOnlyList<Method>> Methods = new(
        "methods", "What is compared.", "Methods", new AxisType<Method>(new MethodType(), 100), []);

    public static readonly Setting<bool> Baselines = new(
        "baselines", "Whether agents are also trained alone, and all data in one place.", "Baselines", new FlagType(), true);

    public static readonly Setting<string?> Train = new(
        "data.train", "File of texts that are dealt out to agents. Without it: the demo's.", "Data:Train", new TextType(1000), null);

    public static readonly Setting<string?> Test = new(
        "data.test", "File of the central test set.", "Data:Test", new TextType(1000), null);

    public static readonly Setting<int> MostTraining = new(
        "data.mostTraining", "Training texts used, drawn at random; 0: all.", "Data:MostTraining", new WholeType(0, 10_000_000, "texts"), 0);

    public static readonly Setting<int> MostTest = new(
        "data.mostTest", "Test texts used, drawn at random; 0: all.", "Data:MostTest", new WholeType(0, 10_000_000, "texts"), 0);

    public static readonly Setting<double> HeldOut = new(
        "data.heldOut", "Fraction of its texts on which an agent measures.", "Data:HeldOut", new NumberType(0, 1, below: true), 0.2);

    public static readonly Setting<IReadOnlyList<int>> Agents = new(
        "axes.agents", "Numbers of agents.", "Axes:Agents", new AxisType<int>(new WholeType(2, 1000, "agents"), 20), [8]);

    public static readonly Setting<IReadOnlyList<double>> Alpha = new(
        "axes.alpha",
        "Concentrations of the Dirichlet distribution that deals the texts out; small is uneven.",
        "Axes:Alpha",
        new AxisType<double>(new NumberType(0, 1000, above: true), 20),
        [0.3]);

    public static readonly Setting<IReadOnlyList<double>> Share = new(
        "axes.share",
        "Fractions of the agents that take part in a round.",
        "Axes:Share",
        new AxisType<double>(new NumberType(0, 1, above: true), 20),
        [1]);

    public static readonly Setting<IReadOnlyList<int>?> Rank = new(
        "axes.rank", "LoRA ranks. Without it: lora.rank.", "Axes:Rank", new OptionalAxisType<int>(new(new WholeType(1, 1024), 20)), null);

    public static readonly Setting<IReadOnlyList<int>?> Steps = new(
        "axes.steps",
        "Optimiser steps of an agent in a round. Without it: training.steps.",
        "Axes:Steps",
        new OptionalAxisType<int>(new(new WholeType(1, 1_000_000, "steps"), 20)),
        null);

    public static readonly Setting<IReadOnlyList<bool>> SharedA = new(
        "axes.sharedA",
        "Whether all agents begin with one A; else each draws its own in the first round.",
        "Axes:SharedA",
        new AxisType<bool>(new FlagType(), 2),
        [true]);

    public static SpecSectionSettings Top { get; } = new(
        "", "An experiment of EdgeFlora.", [Name, Note, Model, Rounds, Seeds, Methods, Baselines]);

    public static IReadOnlyList<SpecSectionSettings> Named { get; } =
    [
        new("data", "The texts.", [Train, Test, MostTraining, MostTest, HeldOut]),
        new("axes", "Conditions; every combination is tried.", [Agents, Alpha, Share, Rank, Steps, SharedA]),
        TrainingSection.Section,
        LoraSection.Section,
        AggregationSections.Aggregation,
        AggregationSections.Robust,
    ];
}
