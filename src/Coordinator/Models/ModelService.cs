using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Runs;

namespace EdgeFlora.Coordinator.Models;

/// <summary>Base models for operators.</summary>
/// <param name="fixedBecause">Why none can be added or removed; null: they can.</param>
/// <param name="runs">Asked which of them need a model that is to be removed.</param>
public sealed class ModelService(ModelCatalogue models, ModelStore store, IRunService runs, string? fixedBecause = null) : IModelService
{
    private const int PageLength = 500;

    public Task<IReadOnlyList<ModelSummary>> ListAsync(CancellationToken stop) => models.ListAsync(stop);

    public async Task<ModelSummary> AddAsync(string name, Stream archive, long? length, string by, string? key, CancellationToken stop)
    {
        RequireChangeable();
        if (!ModelStore.IsName(name))
        {
            throw new ServiceRefusedException(ProblemCode.InvalidInput, $"name is '{name}'; it must be {ModelStore.NameForm}");
        }

        if (key is not null && store.Find(name, key) is { } same)
        {
            return await SummaryAsync(same, stop);
        }

        if (models.Names.Contains(name, StringComparer.Ordinal))
        {
            throw new ServiceRefusedException(
                ProblemCode.Conflict, $"there is a model '{name}' already", "choose another name (--name), or remove that one: edgeflora models rm");
        }

        if (length > WireLimits.MaxModelBytes)
        {
            throw new ServiceRefusedException(
                ProblemCode.TooLarge,
                FormattableString.Invariant($"the archive has {length} bytes; agents can fetch {WireLimits.MaxModelBytes} at most"),
                "put the folder on the service's machine, name it in 'models' of its configuration, and copy it to the agents");
        }

        return await SummaryAsync(await store.AddAsync(name, archive, by, key, stop), stop);
    }

    public async Task RemoveAsync(string name, CancellationToken stop)
    {
        RequireChangeable();
        if (!store.Holds(name))
        {
            throw models.Names.Contains(name, StringComparer.Ordinal)
                ? new ServiceRefusedException(
                    ProblemCode.Conflict,
                    $"model '{name}' was not added: the service's configuration names its folder, or it comes with EdgeFlora",
                    "take its folder out of 'models' in the service's configuration")
                : new ServiceRefusedException(ProblemCode.NotFound, $"there is no model '{name}'", "edgeflora models ls shows them");
        }

        await store.RemoveAsync(name, () => UsersAsync(name, stop));
    }

    private void RequireChangeable()
    {
        if (fixedBecause is not null)
        {
            throw new ServiceRefusedException(
                ProblemCode.Conflict,
                $"models are not added or removed here: {fixedBecause}",
                "put the model's folder on each replica's machine and name it in 'models' of its configuration");
        }
    }

    private async Task<ModelSummary> SummaryAsync(string folder, CancellationToken stop) =>
        await models.SummaryAsync(folder, patience: Timeout.InfiniteTimeSpan, stop)
            ?? throw new ServiceRefusedException(ProblemCode.Conflict, $"model '{Path.GetFileName(folder)}' was removed just now");

    /// <summary>Runs that are not over and train a model of this name.</summary>
    private async Task<IReadOnlyList<string>> UsersAsync(string name, CancellationToken stop)
    {
        List<string> users = [];
        string? cursor = null;
        do
        {
            var open = new RunFilter { States = [RunState.Queued, RunState.Running, RunState.Paused], Limit = PageLength, Cursor = cursor };
            Page<RunSummary> page = await runs.ListAsync(open, stop);
            users.AddRange(page.Items.Where(run => run.Model == name).Select(run => $"run '{run.Name}' ({run.Id})"));
            cursor = page.Next;
        }
        while (cursor is not null);
        return users;
    }
}
