using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Availability;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Limits;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Devices.Planning;
using EdgeFlora.Learning.Models;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>Whether an offered task is for this agent: by its contract, its data, what its owner allows, its disk and its memory.</summary>
internal sealed class TaskCheck(
    AgentOptions options, ModelFetcher fetcher, ModelCache? cache, BlobStore blobs, DataSets data, ILocalTraining training, WorkPermit permit,
    ILogger log)
{
    /// <summary>Whether the task is for this agent, before anything is fetched for it.</summary>
    /// <returns>The data set that the task is about.</returns>
    /// <exception cref="DeclinedException">It is not; the message says why.</exception>
    public PrivateData Require(TaskOffer offer)
    {
        if (offer.MinContract > ContractVersion.Current)
        {
            throw new DeclinedException(
                DeclineReason.Contract,
                $"The task needs an agent of contract version {offer.MinContract}; this one speaks up to {ContractVersion.Current}. "
                    + "Install a newer build.");
        }

        fetcher.Require(offer);
        if (offer.Kind == TaskKind.Train && offer.Hyper is null)
        {
            throw new DeclinedException(DeclineReason.Contract, "The offer says nothing about how to train.");
        }

        PrivateData set = data.For(offer);
        permit.Require(offer, set);
        if (offer.Kind == TaskKind.Evaluate && options.Role == AgentRole.Trainer && !options.Allow.HeldOutFigures)
        {
            throw new DeclinedException(
                DeclineReason.NoData,
                "The task asks how well the adapter does on the data held out here, which the owner forbids (allow.heldOutFigures).");
        }

        RequireDisk(offer);
        return set;
    }

    /// <summary>Whether the task can be done with the model.</summary>
    /// <returns>How the task fits into this device's memory; null where that is not planned.</returns>
    /// <exception cref="DeclinedException">It can't; the message says why.</exception>
    public MemoryPlan? Require(TaskOffer offer, BaseModel model)
    {
        if (offer.Task == LearningTask.LanguageModel && !model.PredictsTokens)
        {
            throw new DeclinedException(
                DeclineReason.NoBase,
                $"The task is {offer.Task}, but {offer.Base.ModelId} predicts no tokens: it is an encoder, or its checkpoint has no lm_head.");
        }

        MemoryPlan? plan = training.Require(offer, model);
        if (plan is not null)
        {
            log.Fits(offer.Header.Round, plan.ToString());
        }

        return plan;
    }

    /// <summary>Models that were fetched give way to a task, if they count as part of the state folder.</summary>
    private void RequireDisk(TaskOffer offer)
    {
        if (options.Limits.DiskBytes is not { } most)
        {
            return;
        }

        // Those of the task before stay until these are here.
        long more = TaskBodies.Of(offer).DistinctBy(body => body.Sha256)
            .Sum(body => blobs.Contains(body.Sha256) ? 0 : Math.Clamp(body.Size, 0, WireLimits.MaxBlobBytes));
        long used = DiskUse.Of(options.StateFolder);
        if (used + more > most && cache is { Space.IsInState: true })
        {
            cache.Shrink(used + more - most);
            used = DiskUse.Of(options.StateFolder);
        }

        if (used + more > most)
        {
            throw new DeclinedException(
                DeclineReason.Busy, FormattableString.Invariant(
                    $"The state folder takes {used >> 20} MiB of the disk and the task needs more; its owner's limits.disk is {most >> 20} MiB."));
        }
    }
}
