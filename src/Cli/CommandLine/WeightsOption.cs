using System.CommandLine;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>How the base model's weights are held in memory.</summary>
internal static class WeightsOption
{
    public static Option<string> Create() => Ranged.Choice(
        "--weights",
        "How base weights are held: mapped from the file in its own type, copied in single precision, "
            + "or copied and rounded to bfloat16, to 8 bits or to 4 (nf4; least memory); what is rounded gives slightly other results",
        ["mapped", "single", "bf16", "int8", "nf4"],
        "mapped");

    /// <summary>As an agent has it, which may decide for each task.</summary>
    public static Option<string> ForAgent() => Ranged.Choice(
        "--weights",
        "How base weights are held: mapped from the file, copied in single precision, or rounded to bfloat16, 8 bits or 4 (nf4); "
            + "auto maps them, and rounds them for a task that does not fit into memory otherwise",
        ["auto", "mapped", "single", "bf16", "int8", "nf4"],
        "auto");

    public static WeightStorage Storage(string name) => name switch
    {
        "single" => WeightStorage.Singles,
        "bf16" => WeightStorage.Bf16,
        "int8" => WeightStorage.EightBit,
        "nf4" => WeightStorage.FourBit,
        _ => WeightStorage.Mapped,
    };
}
