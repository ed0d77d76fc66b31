using System.Diagnostics;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Tuning;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Commands.Train;

/// <summary>The steps of one training, with checkpoints; stopped and resumed it gives the same bits.</summary>
internal sealed class TrainLoop(ITraining training, TrainingPlan plan, TrainSettings settings)
{
    /// <summary>Steps over which the shown loss is averaged.</summary>
    private const int Window = 20;

    private List<double> losses = [];
    private TimeSpan spent;

    /// <summary>One for each step, also of those before a stop.</summary>
    public IReadOnlyList<double> Losses => losses;

    /// <summary>Time that steps took in this process.</summary>
    public double Seconds => spent.TotalSeconds;

    /// <summary>Without padding; 0 before the first step.</summary>
    public double TokensPerSecond => spent > TimeSpan.Zero ? training.TrainedTokens / spent.TotalSeconds : 0;

    /// <returns>Whether all steps were done; if not, a checkpoint has been written.</returns>
    /// <exception cref="InputException">The checkpoint is of no use, or the training left the finite numbers.</exception>
    public bool Run(ProgressDisplay display, CancellationToken stop)
    {
        if (settings.Resume)
        {
            losses = TrainCheckpoint.Restore(settings.Checkpoint, training, plan.Steps);
        }

        bool done = false;
        display.Train(plan.Steps, show => done = Run(show, stop));
        return done;
    }

    private bool Run(Action<StepReport> show, CancellationToken stop)
    {
        while (training.Step < plan.Steps)
        {
            if (stop.IsCancellationRequested)
            {
                Save();
                return false;
            }

            Step();
            show(new StepReport(training.Step, plan.Steps, losses.TakeLast(Window).Average(), TokensPerSecond));
            if (settings.CheckpointEvery > 0 && training.Step % settings.CheckpointEvery == 0 && training.Step < plan.Steps)
            {
                Save();
            }
        }

        return true;
    }

    private void Step()
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            losses.Add(training.TrainStep());
        }
        catch (TrainingDivergedException diverged)
        {
            throw new InputException(diverged.Message, diverged);
        }

        spent += Stopwatch.GetElapsedTime(began);
    }

    private void Save()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(settings.Checkpoint))!);
        TrainCheckpoint.Write(settings.Checkpoint, losses, training);
    }
}
