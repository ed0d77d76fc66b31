using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Specs.Sections;

/// <summary>What a run is.</summary>
internal static class TopSection
{
    public static readonly Setting<string?> Name = new("name", "Name of the run, for people; it may repeat.", "Name", new TextType(100), "run");

    public static readonly Setting<string?> Note = new("note", "What people should know of the run.", "Note", new TextType(1000), null);

    public static readonly Setting<int> Priority = new(
        "priority", "Runs of a higher priority go first; among equals, the older one.", "Priority", new WholeType(-100, 100), 0);

    public static readonly Setting<ulong> Seed = new(
        "seed", "Seed of everything random: first adapter, choice of agents, order of batches.", "Seed", new SeedType(), 7);

    public static readonly Setting<LearningTask> Task = new(
        "task",
        "What is learnt: labels of texts or pairs of texts, or (lm) writing texts or completions of prompts, with a decoder.",
        "Task",
        new ChoiceType<LearningTask>([("classification", LearningTask.Classification), ("lm", LearningTask.LanguageModel)]),
        LearningTask.Classification);

    public static readonly Setting<string?> Model = new(
        "model",
        "Base model: a name that the service knows, or a folder on its machine. Without it: the one that comes with EdgeFlora.",
        "BaseModelFolder",
        new TextType(1000),
        null);

    public static readonly Setting<string?> Data = new(
        "data", "Name of the agents' data set to train on. Without it: the one they have for the task.", "DataSet", new TextType(100), null);

    public static readonly Setting<IReadOnlyList<string>?> Labels = new(
        "labels",
        "Names of the classes, in the order of the head's rows; needed for classification.",
        "Labels",
        new TextListType("names of classes", 2, 10_000),
        null);

    public static readonly Setting<int> Evaluators = new(
        "evaluators",
        "Agents that only measure, and whose last figure the end of the run waits for.",
        "Rounds:Evaluators",
        new WholeType(0, 100, "agents"),
        0);

    public static SpecSectionSettings Section { get; } = new(
        "", "A run of EdgeFlora.", [Name, Note, Priority, Seed, Task, Model, Data, Labels, Evaluators]);
}
