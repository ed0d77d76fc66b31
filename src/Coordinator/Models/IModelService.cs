using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;

namespace EdgeFlora.Coordinator.Models;

/// <summary>Base models as the API sees them. Every method may be called by many at once.</summary>
public interface IModelService
{
    /// <summary>Models by name. What takes long to find out is absent at first, and there when it is asked for again.</summary>
    Task<IReadOnlyList<ModelSummary>> ListAsync(CancellationToken stop);

    /// <summary>Adds a model, as a whole or not at all.</summary>
    /// <param name="archive">A tar of its files, not compressed.</param>
    /// <param name="length">Bytes of the archive, as the sender says; null: it does not say.</param>
    /// <param name="by">Name of the operator token that asks.</param>
    /// <param name="key">Idempotency key: a repeat finds what the first request added; null: none.</param>
    /// <exception cref="ServiceRefusedException">The name is taken or none, or the archive holds no model.</exception>
    Task<ModelSummary> AddAsync(string name, Stream archive, long? length, string by, string? key, CancellationToken stop);

    /// <summary>Removes a model that was added.</summary>
    /// <exception cref="ServiceRefusedException">It was not added, or a run that is not over needs it.</exception>
    Task RemoveAsync(string name, CancellationToken stop);
}
