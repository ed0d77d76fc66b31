using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeFlora.Aggregation;
using EdgeFlora.Experiments.Results;

namespace EdgeFlora.Experiments.Rounds;

/// <summary>Reads the reports that a merge has written of its modules.</summary>
internal static class LayerReports
{
    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <returns>Each module's divergence.</returns>
    public static IReadOnlyList<LayerFigures> Of(string modulesJson) =>
        [.. JsonSerializer.Deserialize<ModuleReport[]>(modulesJson, Json)!.Select(Layer)];

    private static LayerFigures Layer(ModuleReport report) => new(
        report.Name,
        report.ErrUsed,
        report.StepNorm is > 0 and var step ? report.ErrUsed * report.UpdateNorm / step : null,
        report.ErrBound);
}
