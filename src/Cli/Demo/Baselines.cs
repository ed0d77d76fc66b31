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
/// They are begun beside the federated run, on two threads that leave nearly everything to others: in the moments in which a run waits for an agent
/// that is slow or gone, and on processors that it does not need. When the run is over, two ordinary threads go on with them.
/// </remarks>
internal sealed class Baselines : IAsyncDisposable
{
    /// <summary>Examples measured in one go.</summary>
    private const int Portion = 64;

    /// <summary>
    /// A ninth of the share of the threads that train agents: enough not to stand still where other programs are busy too. Elsewhere niceness is the
    /// whole process's, or there is none.
    /// </summary>
    private static readonly int Nice = OperatingSystem.IsLinux() ? 10 : 0;

    private readonly BaseModel model;
    private readonly LoraAdapter start;
    private readonly DemoData data;
    private readonly ulong seed;
    private readonly int steps;
    private readonly CancellationTokenSource stopping;
    private readonly List<double> together = [];
    private readonly List<double> alone = [];
    private readonly List<LoraAdapter> learntAlone = [];
    private readonly Task central;
    private readonly Task locals;
    private volatile bool runIsOver;
    private MergeFigures? merges;
    private int done;

    private Baselines(BaseModel model, LoraAdapter start, DemoData data, ulong seed, int steps, CancellationToken stop)
    {
        (this.model, this.start, this.data, this.seed, this.steps) = (model, start, data, seed, steps);
        stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Example[] all = [.. data.Training.SelectMany(part => part)];
        central = RunAsync(
            "centralised training", Training(all, StepsTogether, Seed("centralised", 0), data.Test, (accuracy, _) => together.Add(accuracy)));
        locals = RunAsync("local training", TrainAgents());
    }

    /// <param name="Alone">Accuracy of each agent trained alone, on every second text of the central test set.</param>
    /// <param name="Centralised">Accuracy of the one training on everything, on the whole central test set.</param>
    /// <param name="Merges">What the agents learnt alone, merged.</param>
    public sealed record Accuracies(IReadOnlyList<double> Alone, double Centralised, MergeFigures Merges);

    /// <summary>Called with the percentage of all steps that are done, from the threads that train.</summary>
    public Action<int>? Progressed { get; set; }

    private int StepsTogether => data.Training.Count * steps;

    /// <summary>Begins them, from the adapter that the run starts from.</summary>
    /// <param name="model">The base model; must outlive them.</param>
    /// <param name="steps">Optimiser steps for each agent's data.</param>
    public static Baselines Begin(
        BaseModel model, DemoData data, DemoOptions options, CancellationToken stop, int steps = DemoBudget.BaselineSteps)
    {
        using var folder = BaseModelFolder.Open(model.Folder);
        LoraAdapter start = folder.FirstAdapter(DemoBudget.Lora(options.Rank), data.Labels.Count, options.Seed);
        return new Baselines(model, start, data, options.Seed, steps, stop);
    }

    /// <summary>Nothing else is to be left room for any more: goes on with ordinary threads, and waits for both, or until one has failed.</summary>
    public async Task<Accuracies> FinishAsync()
    {
        runIsOver = true;
        await await Task.WhenAny(central, locals);
        await Task.WhenAll(central, locals);
        return new Accuracies(alone, together[0], merges!);
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
    private IEnumerable<bool> TrainAgents()
    {
        IReadOnlyList<Example> sample = data.Sample;
        for (int agent = 0; agent < data.Training.Count; agent++)
        {
            foreach (bool part in Training(data.Training[agent], steps, Seed("alone", agent), sample, KeepAlone))
            {
                yield return part;
            }
        }

        var comparison = new MergeComparison(model, start, new PortableEngine(), data.Labels, sample);
        (LoraAdapter, int)[] updates = [.. learntAlone.Zip(data.Training, (adapter, texts) => (adapter, texts.Count))];
        merges = comparison.Measure(updates, steps, stopping.Token);
    }

    private void KeepAlone(double accuracy, LoraAdapter adapter)
    {
        alone.Add(accuracy);
        learntAlone.Add(adapter);
    }

    /// <summary>A thread can be made nicer and never less nice again, so another goes on with what one has begun.</summary>
    private async Task RunAsync(string name, IEnumerable<bool> training)
    {
        using IEnumerator<bool> parts = training.GetEnumerator();
        if (!await TrainingThread.RunAsync(name, Nice, () => Go(parts, beside: true)))
        {
            await TrainingThread.RunAsync(name, nice: 0, () => Go(parts, beside: false));
        }
    }

    /// <returns>Whether all is done; not if it was only to be done beside something that has ended.</returns>
    private bool Go(IEnumerator<bool> parts, bool beside)
    {
        while (!beside || !runIsOver)
        {
            stopping.Token.ThrowIfCancellationRequested();
            if (!parts.MoveNext())
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Trains and measures, a little with each element.</summary>
    private IEnumerable<bool> Training(
        IReadOnlyList<Example> examples, int count, ulong planSeed, IReadOnlyList<Example> test, Action<double, LoraAdapter> keep)
    {
        using IFineTuning training = new PortableEngine().Start(model, start, data.Labels, examples, DemoBudget.Plan(count, planSeed));
        for (int i = 0; i < count; i++)
        {
            training.TrainStep();
            Stepped();
            yield return true;
        }

        var probabilities = new List<float[]>(test.Count);
        foreach (Example[] portion in test.Chunk(Portion))
        {
            probabilities.AddRange(training.Predict(portion, stopping.Token));
            yield return true;
        }

        keep(Scoring.Score(probabilities, [.. test.Select(example => example.Label)]).Accuracy, training.Snapshot());
    }

    private void Stepped()
    {
        int now = Interlocked.Increment(ref done);
        if (now % steps == 0)
        {
            Progressed?.Invoke(100 * now / (2 * StepsTogether));
        }
    }

    private ulong Seed(string purpose, int index) => SeededRandom.For(seed, $"baseline {purpose}", index).NextUInt64();
}
