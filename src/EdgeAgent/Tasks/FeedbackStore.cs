using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Storage;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>The error feedback of each run on disk: what compression left out so far, and what would be left out if the last update counts.</summary>
internal sealed class FeedbackStore
{
    private readonly string folder;
    private readonly ILogger log;

    public FeedbackStore(string stateFolder, ILogger log)
    {
        folder = Path.Combine(stateFolder, "feedback");
        this.log = log;
        PrivateFolder.Create(folder);
    }

    /// <summary>The run's feedback; a new one if there is none for this shape.</summary>
    public ErrorFeedback Load(Guid run, AdapterShape shape)
    {
        if (!File.Exists(FileOf(run)))
        {
            return new ErrorFeedback(shape);
        }

        try
        {
            return ErrorFeedback.Load(FileOf(run), shape);
        }
        catch (AdapterFormatException useless)
        {
            log.FeedbackUseless(run, useless.Message);
            return new ErrorFeedback(shape);
        }
    }

    public void Save(Guid run, ErrorFeedback feedback) => feedback.Save(FileOf(run));

    /// <summary>
    /// The update of a task counted, or did not: what was staged for it becomes permanent, or is forgotten. Doing it twice changes nothing.
    /// </summary>
    public void Settle(Guid run, AdapterShape shape, string task, bool counted)
    {
        ErrorFeedback feedback = Load(run, shape);
        if (counted ? feedback.Commit(task) : feedback.Rollback(task))
        {
            Save(run, feedback);
        }
    }

    private string FileOf(Guid run) => Path.Combine(folder, run.ToString("N"));
}
