namespace ThrottleNet.MxNode.Admin;

/// <summary>/api/block/BLOCK: what the node knows of an address or of a network.</summary>
internal static class BlockEndpoint
{
    /// <param name="http">The request.</param>
    /// <param name="block">From the path, perhaps with its slash escaped.</param>
    public static IResult Answer(HttpContext http, string block) => CountedBlock.TryParse(Uri.UnescapeDataString(block), out var asked, out var error)
        ? Results.Json(http.RequestServices.GetRequiredService<AdminDesk>().Block(asked), AdminJson.Default.AddressReport)
        : Results.Text(error + "\n", statusCode: StatusCodes.Status400BadRequest);
}
