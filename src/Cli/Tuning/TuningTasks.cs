using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Tuning;

/// <summary>From settings to the task they name, with its data read.</summary>
internal static class TuningTasks
{
    /// <param name="initial">Folder of the adapter that training begins with; null for a new one.</param>
    /// <exception cref="InputException">The data does not suit the task.</exception>
    public static ITuningTask ForTraining(TaskSettings task, TrainingPlan plan, BaseModel model, string? initial)
    {
        if (task.Name == TaskSettings.Language)
        {
            return LanguageTask.ForTraining(task, model, Math.Min(plan.MaxTokens, model.MaxTokens), plan.Seed);
        }

        IReadOnlyList<string>? labels = initial is null ? null : PeftFolder.ReadLabels(initial);
        return initial is null || labels is not null || task.Labels is not null
            ? ClassificationTask.ForTraining(task, labels, plan.Seed)
            : throw new InputException($"--init is '{initial}', which does not hold the names of its labels; give them with --labels");
    }

    /// <param name="tuned">Model and adapter to measure.</param>
    /// <param name="maxTokens">Tokens a text is cut to.</param>
    /// <param name="writing">How tasks that are measured by what the model writes have it written.</param>
    /// <exception cref="InputException">The data does not suit the task, or it would take running programs, which is not allowed or cannot be done
    /// safely.</exception>
    public static ITuningTask ForMeasuring(TaskSettings task, Tuned tuned, int maxTokens, WritingSettings writing)
    {
        if (task.Name == TaskSettings.Maths)
        {
            return MathsTask.Read(task.Data, writing);
        }

        if (task.Name is TaskSettings.HumanEval or TaskSettings.Mbpp)
        {
            return ProgramsTask.Read(task, writing);
        }

        if (task.Name == TaskSettings.Language)
        {
            return LanguageTask.ForMeasuring(task, tuned.Model, Math.Min(maxTokens, tuned.Model.MaxTokens));
        }

        return ClassificationTask.ForMeasuring(task, tuned.Names(task.Labels));
    }
}
