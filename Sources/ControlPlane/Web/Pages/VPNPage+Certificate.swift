import AccessModel
import ControlProtocol

/// The last card, red: issue, or rotate and revoke, never both.
extension VPNPage {
    var certificateCard: HTML {
        """
        <section class="card danger" id="certificate-card" aria-labelledby="certificate-title">
        <div class="card-head"><h2 id="certificate-title">Manage VPN certificate</h2></div>
        <div id="insecure" class="banner" role="alert" hidden></div>
        <div id="certificate-live" data-live>\(certificate)</div>
        </section>
        \(deliveryDialog)
        """
    }

    private var certificate: HTML {
        let overview = content.overview
        guard let certificate = overview.certificate else {
            let revoking: HTML? =
                overview.state == .revoking
                ? """
                <p class="banner" data-key="waiting">revoking: recorded, and the gateway has yet to confirm it. No packet under the old key
                passes once it is heard from again. You can issue a new certificate meanwhile.</p>
                """ : nil
            return """
                <div data-certificate="\(overview.state.rawValue)">\(revoking)
                <p>You have no VPN certificate. One file gives your WireGuard client access to every plant you have
                permission for. The key pair is made in this browser; only the public key leaves it.</p>
                <p class="actions"><button type="button" class="button primary" id="issue" data-needs-script hidden>\
                Issue cert</button></p></div>
                """
        }
        let waiting: HTML? =
            switch overview.state {
            case .rotating:
                """
                <p class="banner" data-key="waiting">This is the new key. It is waiting for the sync, do not rotate again: until then the
                old configuration still works, from then on only the new one.</p>
                """
            case .issuing:
                """
                <p class="banner" data-key="waiting">issuing: waiting for the gateway to take the key.</p>
                """
            default: nil
            }
        let keyed: HTML? =
            certificate.keyed == certificate.issued
            ? nil : "<div><dt>Key since</dt><dd>\(timeElement(certificate.keyed))</dd></div>"
        return """
            <div data-certificate="\(overview.state.rawValue)">\(waiting)
            <dl class="facts"><div class="whole"><dt id="key-label">Current public key</dt>
            <dd><code class="key" id="public-key" aria-labelledby="key-label">\(certificate.publicKey)</code>
            <button type="button" class="button small quiet" data-copy="public-key" data-needs-script hidden>Copy public key\
            </button></dd></div>
            <div><dt>Tunnel address</dt><dd class="mono">\(certificate.tunnelAddress)</dd></div>
            <div><dt>Issued</dt><dd>\(timeElement(certificate.issued))</dd></div>\(keyed)</dl>
            <p class="hint">It should match the public key that your WireGuard client reports for the active tunnel. If
            they differ, your <code>.conf</code> is stale: rotate and import the new one.</p>
            <p class="actions">
            <button type="button" class="button" id="rotate" data-needs-script hidden>Rotate cert</button>
            <button type="button" class="button destructive" id="revoke" data-needs-script hidden>Revoke cert</button>
            </p></div>
            """
    }

    /// Shown once after an issue or a rotate, until acknowledged; filled in the browser, never by us.
    private var deliveryDialog: HTML {
        """
        <dialog id="delivery" aria-labelledby="delivery-title" aria-describedby="delivery-body">
        <h2 id="delivery-title">Your configuration, shown this once</h2>
        <div id="delivery-body"><p><strong id="delivery-file"></strong> is being downloaded. It holds your private key,
        which exists nowhere else: save it now. If you lose it, you have to rotate.</p></div>
        <div class="delivery-grid">
        <figure><div id="delivery-qr" class="qr"></div>
        <figcaption>For a phone: WireGuard ▸ + ▸ Scan from QR code</figcaption></figure>
        <ol><li>Desktop: WireGuard ▸ Import tunnel(s) from file.</li><li>Activate the tunnel.</li>
        <li>Compare the public key with the one on this page.</li></ol>
        </div>
        <div class="dialog-buttons"><a class="button" id="delivery-again" download>Save the file again</a>
        <button type="button" class="button primary" id="delivery-done">I have saved it</button></div>
        </dialog>
        """
    }
}
