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

    /// <returns>Each module's divergence, and ‖T − P₀‖ / ‖T‖ over all of them, null if it is not known for each.</returns>
    public static (IReadOnlyList<LayerFigures> Layers, double? Step) Of(string modulesJson)
    {
        ModuleReport[] reports = JsonSerializer.Deserialize<ModuleReport[]>(modulesJson, Json)!;
        double whole = reports.Sum(report => report.UpdateNorm * report.UpdateNorm);
        double? step = reports.All(report => report.StepNorm is not null) && whole > 0
            ? Math.Sqrt(reports.Sum(report => report.StepNorm!.Value * report.StepNorm.Value) / whole)
            : null;
        return ([.. reports.Select(Layer)], step);
    }

    private static LayerFigures Layer(ModuleReport report) => new(
        report.Name,
        report.ErrUsed,
        report.StepNorm is > 0 and var step ? report.ErrUsed * report.UpdateNorm / step : null,
        report.ErrBound);
}
