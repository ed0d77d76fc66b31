using System.Data.Common;
using System.Runtime.ExceptionServices;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Decides what becomes of a run that could not be led on: it is taken up again later, or has failed.</summary>
internal sealed class BrokenRuns(RunCatalogue catalogue, RunSetbacks setbacks, RunOutcomes outcomes, ILogger log)
{
    /// <summary>The disk and the broker are no fault of the run's own; what is, is not tried for ever.</summary>
    /// <param name="breaksService">Whether what breaks a run ends the service, as in a rehearsal of crashes.</param>
    /// <exception cref="Exception">The failure itself, where it ends the service.</exception>
    public void Handle(Guid run, string name, Exception failure, bool breaksService)
    {
        if (failure is TermLostException || (breaksService && failure is not BrokerUnreachableException))
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        if (failure is DbException or StoreUnavailableException or IOException or BrokerUnreachableException)
        {
            setbacks.LeaveAlone(run);
        }
        else if (setbacks.Broke(run) >= RunSetbacks.MaxBreaks)
        {
            catalogue.SetState(run, RunState.Failed, $"It broke {RunSetbacks.MaxBreaks} times: {failure.Message}", by: null, command: null);
            outcomes.Fail(run, failure);
            return;
        }

        if (failure is ArchiveAwayException)
        {
            log.RunAwaitsBodies(run, name, failure.Message);
        }
        else
        {
            log.RunFell(run, name, failure.Message, failure);
        }
    }
}
