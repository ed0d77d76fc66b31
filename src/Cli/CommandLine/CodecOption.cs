using System.CommandLine;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>How agents' updates are encoded.</summary>
internal static class CodecOption
{
    public static Option<string> Create(string standard)
    {
        var option = new Option<string>("--codec")
        {
            Description = $"Codec of the agents' updates: {AdapterCodec.Names}",
            HelpName = "NAME",
            DefaultValueFactory = _ => standard,
        };
        option.Validators.Add(result =>
        {
            string? text = result.GetValueOrDefault<string>();
            try
            {
                AdapterCodec.Parse(text ?? "");
            }
            catch (AdapterFormatException)
            {
                result.AddError($"--codec is '{text}'; it must be one of {AdapterCodec.Names}");
            }
        });
        return option;
    }
}
