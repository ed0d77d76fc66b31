using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.Learning.Training;
using EdgeFlora.Storage;

namespace EdgeFlora.EdgeAgent.Trainers;

/// <summary>The folder that a trainer program works in; readable by the agent's user alone, for it holds the private data as tokens.</summary>
internal sealed class TrainerFolder(string path)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public string Path => path;

    public string Progress => In("progress.jsonl");

    public string Metrics => In("metrics.json");

    public string Result => In("result");

    public string Checkpoint => In("checkpoint");

    /// <summary>Names the running program, so that one left behind by an agent that was killed is found.</summary>
    public string ProcessMark => In("trainer.pid");

    private string Task => In("task.json");

    /// <summary>Whether the folder is of this task: a checkpoint in it is of use.</summary>
    public bool IsOf(byte[] task) => File.Exists(Task) && File.ReadAllBytes(Task).AsSpan().SequenceEqual(task);

    /// <summary>Writes what a trainer reads; what was there before goes.</summary>
    /// <param name="task">Content of <c>task.json</c>, which is written last: a folder without it means nothing.</param>
    /// <param name="taskType">PEFT's word for the kind of learning.</param>
    /// <param name="plan">What says which rows a step trains on, and what is taken off all steps.</param>
    public void Write(
        byte[] task,
        LoraAdapter adapter,
        string modelName,
        string taskType,
        IReadOnlyList<TokenRow> training,
        IReadOnlyList<TokenRow> heldOut,
        TrainingPlan plan)
    {
        Delete();
        PrivateFolder.Create(path);
        PeftFolder.Write(In("adapter"), adapter, modelName, taskType);
        if (plan.Correction is { } correction)
        {
            PeftFolder.Write(In("correction"), correction, modelName, taskType);
        }

        WriteLines("train.jsonl", training.Select(row => JsonSerializer.Serialize(row, Json)));
        WriteLines("heldout.jsonl", heldOut.Select(row => JsonSerializer.Serialize(row, Json)));
        WriteLines("batches.jsonl", training.Count > 0 ? Batches(training.Count, plan) : []);
        File.WriteAllBytes(Task, task);
    }

    /// <summary>Removes what an earlier attempt left as its answer.</summary>
    public void ClearAnswer()
    {
        File.Delete(Metrics);
        if (Directory.Exists(Result))
        {
            Directory.Delete(Result, recursive: true);
        }
    }

    public void Delete()
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static IEnumerable<string> Batches(int rows, TrainingPlan plan)
    {
        var order = new BatchOrder(rows, plan.Seed);
        int[] batch = new int[plan.ExamplesPerStep];
        for (int step = 0; step < plan.Steps; step++)
        {
            order.Fill(step, batch);
            yield return JsonSerializer.Serialize(batch);
        }
    }

    private void WriteLines(string name, IEnumerable<string> lines)
    {
        using var writer = new StreamWriter(In(name)) { NewLine = "\n" };
        foreach (string line in lines)
        {
            writer.WriteLine(line);
        }
    }

    private string In(string name) => System.IO.Path.Combine(path, name);
}
