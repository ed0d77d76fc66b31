using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.ControlVariates;
using EdgeFlora.Contracts.Tasks;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>This agent's control variate of each run that keeps some, in its state folder; never sent anywhere.</summary>
/// <remarks>
/// It changes with the update of a task and counts if that counts, as error feedback does: a task that is done again takes the same off its steps. An
/// agent that has lost its own takes nothing off in its next task and has one again after it.
/// </remarks>
internal sealed class ControlVariateStore(string stateFolder, ILogger log)
{
    private const string FolderName = "control-variates";

    private readonly OwnFactorsStore kept = new(stateFolder, log, FolderName);

    /// <summary>What is taken off all steps of a task together; null: nothing.</summary>
    /// <param name="common">What came with the offer; null: nothing did.</param>
    public LoraAdapter? Correction(TaskOffer offer, LoraAdapter? common) =>
        offer is { ControlVariates: true, Hyper: { } hyper } && common is not null && Own(offer, common) is { } own
            ? ControlVariate.Correction(common, own, hyper.LearningRate)
            : null;

    /// <summary>Puts aside what the variate will be if the task's update counts. Doing it again replaces it.</summary>
    /// <param name="body">The update, as the coordinator gets it.</param>
    public void Stage(TaskOffer offer, LoraAdapter global, LoraAdapter? common, byte[] body, FrozenFactors frozen)
    {
        if (offer is not { ControlVariates: true, Hyper: { } hyper })
        {
            return;
        }

        try
        {
            LoraAdapter sent = AdapterPayload.Decode(body, AdapterShape.Of(global), new AdapterReference(global));
            LoraAdapter next = ControlVariate.After(global, sent, common, Own(offer, global), hyper.LearningRate, frozen);
            kept.Stage(offer.Header.RunId, UpdatePacking.TaskName(offer), next);
        }
        catch (AdapterFormatException)
        {
            // A drill has spoilt it: the coordinator cannot read it either, and it will not count.
        }
    }

    /// <summary>A task is over: what was put aside for it is kept, or forgotten. Doing it twice changes nothing.</summary>
    public void Settle(TaskOffer offer, bool counted) => kept.SettleUntilPublished(offer, counted);

    private LoraAdapter? Own(TaskOffer offer, LoraAdapter like) => kept.Load(offer.Header.RunId, AdapterShape.Of(like));
}
