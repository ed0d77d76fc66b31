using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeFlora.Learning.Corpus;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Demo;

namespace EdgeFlora.Cli.Demo;

/// <summary>The demo's data: sentences of the .NET SDK's documentation, dealt out unevenly, and a test set nobody trains on.</summary>
internal sealed class DemoData
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IReadOnlyList<AgentData> parts;

    private DemoData(IReadOnlyList<string> labels, IReadOnlyList<AgentData> parts, IReadOnlyList<Example> test)
    {
        Labels = labels;
        Test = test;
        this.parts = parts;
    }

    public IReadOnlyList<string> Labels { get; }

    /// <summary>The central test set.</summary>
    public IReadOnlyList<Example> Test { get; }

    /// <summary>
    /// Every second text of the central test set: enough for what is measured many times over, each agent alone and each way of merging.
    /// </summary>
    public IReadOnlyList<Example> Sample => [.. Test.Where((_, i) => i % 2 == 0)];

    /// <summary>Each agent's training examples, in the agents' order.</summary>
    public IReadOnlyList<IReadOnlyList<Example>> Training => [.. parts.Select(part => part.Training)];

    /// <exception cref="InvalidDataException">The SDK's documentation is not where it should be, or is not usable.</exception>
    public static DemoData Make(DemoOptions options)
    {
        DemoTask task = DemoTask.Create(SdkCorpus.Load(ReferencePacks.Locate(options.Packs)), options.Seed);
        return new DemoData(task.Labels, task.ForAgents(options.Agents, options.Alpha), task.Test);
    }

    /// <summary>Training examples of each label that an agent holds.</summary>
    public IReadOnlyList<int> Counts(int agent) =>
        [.. Enumerable.Range(0, Labels.Count).Select(label => parts[agent].Training.Count(example => example.Label == label))];

    /// <summary>Writes every agent's files, the test set and the labels.</summary>
    public void Write(DemoFolder folder, IReadOnlyList<string> agents)
    {
        for (int i = 0; i < agents.Count; i++)
        {
            Write(folder.DataFile(agents[i]), parts[i].Training);
            Write(folder.HeldOutFile(agents[i]), parts[i].HeldOut.Count > 0 ? parts[i].HeldOut : parts[i].Training);
        }

        Write(folder.TestFile, Test);
        File.WriteAllLines(folder.LabelFile, Labels);
    }

    private void Write(string file, IReadOnlyList<Example> examples) =>
        File.WriteAllLines(
            file,
            examples.Select(example => JsonSerializer.Serialize(new { text = example.Text, label = Labels[example.Label] }, Readable)));
}
