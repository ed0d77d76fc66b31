using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Train;

/// <summary>From settings to the task they name, with its data read.</summary>
internal static class TuningTasks
{
    /// <param name="initial">The adapter that training begins with, if one is given.</param>
    /// <exception cref="InputException">The data does not suit the task.</exception>
    public static ITuningTask ForTraining(TrainSettings settings, LoraAdapter? initial)
    {
        RequireClassification(settings.Task);
        IReadOnlyList<string>? labels = initial is null ? null : PeftFolder.ReadLabels(settings.Initial!);
        return initial is null || labels is not null || settings.Task.Labels is not null
            ? ClassificationTask.ForTraining(settings.Task, labels, settings.Plan.Seed)
            : throw new InputException($"--init is '{settings.Initial}', which does not hold the names of its labels; give them with --labels");
    }

    /// <param name="adapter">Folder of the adapter to measure.</param>
    /// <exception cref="InputException">The data does not suit the task.</exception>
    public static ITuningTask ForMeasuring(TaskSettings task, string adapter)
    {
        RequireClassification(task);
        return ClassificationTask.ForMeasuring(task, task.Labels ?? PeftFolder.ReadLabels(adapter)
            ?? throw new InputException($"--adapter is '{adapter}', which does not hold the names of its labels; give them with --labels"));
    }

    private static void RequireClassification(TaskSettings task)
    {
        if (task.Name == TaskSettings.Language)
        {
            throw new InputException($"--task is {task.Name}, which this build does not train yet; it must be {TaskSettings.Classification} or {TaskSettings.Pairs}");
        }
    }
}
