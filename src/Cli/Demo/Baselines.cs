using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Demo;

/// <summary>What federated training has to be compared with: each agent alone, and one training on all agents' data together.</summary>
/// <param name="model">The base model.</param>
/// <param name="start">The adapter the run started from.</param>
internal sealed class Baselines(BaseModel model, LoraAdapter start, IEngine engine, DemoData data, DemoOptions options)
{
    /// <summary>Accuracy on the central test set of each agent trained alone, and of the one training on everything.</summary>
    /// <param name="Adapters">What each agent learnt alone.</param>
    public sealed record Accuracies(IReadOnlyList<double> Alone, double Centralised, IReadOnlyList<LoraAdapter> Adapters);

    /// <summary>Trains side by side: one thread for the centralised training, one for the agents, one after the other.</summary>
    /// <param name="progress">Told how many of all steps are done.</param>
    public async Task<Accuracies> MeasureAsync(Action<int, int> progress, CancellationToken stop)
    {
        const int alone = DemoBudget.BaselineSteps;
        int together = options.Agents * alone;
        int done = 0;
        void Stepped()
        {
            int now = Interlocked.Increment(ref done);
            if (now % DemoBudget.BaselineSteps == 0)
            {
                progress(now, 2 * together);
            }
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task<(double Accuracy, LoraAdapter)> central = OnThread(
            "centralised training",
            () => Train([.. data.Training.SelectMany(part => part)], together, Seed("centralised", 0), Stepped, either.Token));
        Task<(double Accuracy, LoraAdapter Adapter)[]> locals = OnThread("local training", () =>
            data.Training.Select((part, agent) => Train(part, alone, Seed("alone", agent), Stepped, either.Token)).ToArray());
        Task first = await Task.WhenAny(central, locals);
        if (!first.IsCompletedSuccessfully)
        {
            await either.CancelAsync();
            await Task.WhenAll(central, locals);
        }

        (double Accuracy, LoraAdapter Adapter)[] agents = await locals;
        return new Accuracies(
            [.. agents.Select(agent => agent.Accuracy)], (await central).Accuracy, [.. agents.Select(agent => agent.Adapter)]);
    }

    private (double Accuracy, LoraAdapter Adapter) Train(
        IReadOnlyList<Example> examples, int steps, ulong seed, Action stepped, CancellationToken stop)
    {
        using IFineTuning training = engine.Start(model, start, data.Labels, examples, DemoBudget.Plan(steps, seed));
        for (int i = 0; i < steps; i++)
        {
            stop.ThrowIfCancellationRequested();
            training.TrainStep();
            stepped();
        }

        return (training.Evaluate(data.Test, stop).Accuracy, training.Snapshot());
    }

    private ulong Seed(string purpose, int index) => SeededRandom.For(options.Seed, $"baseline {purpose}", index).NextUInt64();

    private static Task<T> OnThread<T>(string name, Func<T> work)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                result.SetResult(work());
            }
            catch (OperationCanceledException stopped)
            {
                result.SetCanceled(stopped.CancellationToken);
            }
#pragma warning disable CA1031 // The outermost frame of the thread: whoever awaits the result is told.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                result.SetException(failure);
            }
        })
        {
            Name = name,
            IsBackground = true,
        };
        thread.Start();
        return result.Task;
    }
}
