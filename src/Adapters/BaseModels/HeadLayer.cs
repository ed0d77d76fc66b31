namespace EdgeFlora.Adapters.BaseModels;

/// <summary>A linear layer of a family's classification head.</summary>
/// <param name="Name">As Transformers publishes it, e.g. <c>classifier.out_proj</c>.</param>
/// <param name="Bias">Whether it has one.</param>
internal sealed record HeadLayer(string Name, bool Bias = true)
{
    /// <summary>The module that PEFT's <c>modules_to_save</c> would name.</summary>
    public string Module => Name.Split('.')[0];
}
