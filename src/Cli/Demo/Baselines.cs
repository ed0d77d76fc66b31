using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Cli.Report;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Demo;

/// <summary>
/// What federated training has to be compared with: each agent alone, and one training on all agents' data together; and what merging the agents'
/// work in several ways comes to.
/// </summary>
/// <remarks>
/// They are trained beside the federated run, on two threads that leave everything to others: in the moments in which a run waits for an agent
/// that is slow or gone, and on processors that it does not need.
/// </remarks>
internal sealed class Baselines : IAsyncDisposable
{
    /// <summary>Elsewhere niceness is the whole process's, or there is none.</summary>
    private static readonly int Nice = OperatingSystem.IsLinux() ? 19 : 0;

    private readonly BaseModel model;
    private readonly LoraAdapter start;
    private readonly DemoData data;
    private readonly ulong seed;
    private readonly CancellationTokenSource stopping;
    private readonly Task<double> central;
    private readonly Task<(double[] Accuracies, MergeFigures Merges)> locals;
    private int done;

    private Baselines(BaseModel model, LoraAdapter start, DemoData data, ulong seed, CancellationToken stop)
    {
        (this.model, this.start, this.data, this.seed) = (model, start, data, seed);
        stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        central = TrainingThread.RunAsync(
            "centralised training",
            Nice,
            () => Train([.. data.Training.SelectMany(part => part)], StepsTogether, Seed("centralised", 0)).Accuracy);
        locals = TrainingThread.RunAsync("local training", Nice, TrainAgents);
    }

    /// <summary>Accuracy on the central test set of each agent trained alone, and of the one training on everything.</summary>
    /// <param name="Merges">What the agents learnt alone, merged.</param>
    public sealed record Accuracies(IReadOnlyList<double> Alone, double Centralised, MergeFigures Merges);

    /// <summary>Called with the percentage of all steps that are done, from the threads that train.</summary>
    public Action<int>? Progressed { get; set; }

    private int StepsTogether => data.Training.Count * DemoBudget.BaselineSteps;

    /// <summary>Begins them, from the adapter that the run starts from.</summary>
    /// <param name="model">The base model; must outlive them.</param>
    public static Baselines Begin(BaseModel model, DemoData data, DemoOptions options, CancellationToken stop)
    {
        using var folder = BaseModelFolder.Open(model.Folder);
        LoraAdapter start = folder.FirstAdapter(DemoBudget.Lora(options.Rank), data.Labels.Count, options.Seed);
        return new Baselines(model, start, data, options.Seed, stop);
    }

    /// <summary>Waits for both, or until one has failed.</summary>
    public async Task<Accuracies> ResultAsync()
    {
        await await Task.WhenAny(central, locals);
        (double[] alone, MergeFigures merges) = await locals;
        return new Accuracies(alone, await central, merges);
    }

    /// <summary>Stops what is not done, and waits until it has stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(central, locals)
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        stopping.Dispose();
    }

    /// <summary>One agent after the other, and then their adapters together.</summary>
    private (double[] Accuracies, MergeFigures Merges) TrainAgents()
    {
        (double Accuracy, LoraAdapter Adapter)[] alone =
            [.. data.Training.Select((part, agent) => Train(part, DemoBudget.BaselineSteps, Seed("alone", agent)))];
        var comparison = new MergeComparison(model, start, new PortableEngine(), data.Labels, data.Test);
        (LoraAdapter, int)[] updates = [.. alone.Zip(data.Training, (agent, texts) => (agent.Adapter, texts.Count))];
        return ([.. alone.Select(agent => agent.Accuracy)], comparison.Measure(updates, DemoBudget.BaselineSteps, stopping.Token));
    }

    private (double Accuracy, LoraAdapter Adapter) Train(IReadOnlyList<Example> examples, int steps, ulong planSeed)
    {
        using IFineTuning training = new PortableEngine().Start(model, start, data.Labels, examples, DemoBudget.Plan(steps, planSeed));
        for (int i = 0; i < steps; i++)
        {
            stopping.Token.ThrowIfCancellationRequested();
            training.TrainStep();
            Stepped();
        }

        return (training.Evaluate(data.Test, stopping.Token).Accuracy, training.Snapshot());
    }

    private void Stepped()
    {
        int now = Interlocked.Increment(ref done);
        if (now % DemoBudget.BaselineSteps == 0)
        {
            Progressed?.Invoke(100 * now / (2 * StepsTogether));
        }
    }

    private ulong Seed(string purpose, int index) => SeededRandom.For(seed, $"baseline {purpose}", index).NextUInt64();
}
